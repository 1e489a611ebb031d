import RedisCore
import RedisEvents
import RedisRESP

/// Messages through a link, by each of the ways in which they are taken.
enum Subscribing {
    /// On the loop, where they lie in the read buffer.
    static func inline(_ setting: Setting, _ kind: RedisSubscriptionKind, _ names: [RedisBytes]) async throws {
        let pubsub = try PubSub(setting.configuration(for: kind))
        let countdown = Countdown(setting.messages)
        try await pubsub.subscribe(kind, names, handler: .inline { countdown.message($0.payload.byteCount) })
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    /// By a handler with a message of its own, in a task.
    @concurrent
    static func handler(_ setting: Setting, _ kind: RedisSubscriptionKind) async throws {
        let pubsub = try PubSub(setting.configuration(for: kind), overflow: .pauseReading)
        let countdown = Countdown(setting.messages)
        try await pubsub.subscribe(kind, setting.names, handler: .calling { countdown.message($0.payload.count) })
        try await pubsub.run()
    }

    /// By a `for await` loop.
    @concurrent
    static func events(_ setting: Setting) async throws {
        let pubsub = try PubSub(setting.configuration, overflow: .pauseReading)
        let countdown = Countdown(setting.messages)
        try await pubsub.subscribe(.channel, setting.names)
        for try await event in pubsub.events {
            if let message = event.message { countdown.message(message.payload.count) }
        }
    }

    /// By a loop that blocks its thread.
    static func listen(_ setting: Setting) async throws {
        let pubsub = try PubSub(setting.configuration, overflow: .pauseReading)
        let countdown = Countdown(setting.messages)
        try await pubsub.subscribe(.channel, setting.names)
        take(pubsub, countdown)
    }

    private static func take(_ pubsub: PubSub, _ countdown: Countdown) {
        for event in pubsub.listen() {
            if let message = event.message { countdown.message(message.payload.count) }
        }
    }
}
