import Hummingbird
import RedisEvents
import ServiceLifecycle

// Browsers follow channels by server-sent events, all of them over one link to the server.
// usage: ServerSentEvents [PORT]   then: curl -N localhost:8080/events/orders

let configuration = try RedisConfiguration(environmentPrefix: "REDIS_")
let pubsub = try PubSub(configuration)

let router = Router()
router.get("events/{channel}") { request, context in
    let channel = try context.parameters.require("channel")
    // A buffer of its own for each browser: one that sleeps loses its oldest messages, is told how many, and slows
    // nobody else down. The link subscribes once, however many browsers want the same channel.
    let subscription = try await pubsub.subscription(to: channel, buffer: RedisBufferLimit(events: 1000))
    // Ends the events below.
    let close: @Sendable () -> Void = { Task { await subscription.close() } }
    return Response(
        status: .ok,
        headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: ResponseBody { writer in
            // A browser that goes is noticed although nothing is sent to it.
            try await withGracefulShutdownHandler {
                try await request.body.consumeWithInboundCloseHandler { _ in
                    for try await event in subscription.events {
                        switch event {
                        case .message(let message):
                            try await writer.write(ByteBuffer(string: "data: \(message.text ?? "")\n\n"))
                        case .gap, .drop:
                            try await writer.write(ByteBuffer(string: "event: missed\ndata: \(event)\n\n"))
                        default: break
                        }
                    }
                } onInboundClosed: {
                    close()
                }
            } onGracefulShutdown: {
                close()
            }
            try await writer.finish(nil)
        }
    )
}

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
try await application.runService()
await pubsub.close()
