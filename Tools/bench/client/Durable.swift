import RedisStreams

/// Durable channels beside plain ones: what a publish takes, how long a message is on its way, and how long it takes to
/// read what was missed.
enum Durable {
    static func run(_ arguments: Arguments) async throws {
        let client = try RedisClient(arguments.configuration())
        let channel = try DurableChannel("durable", on: client, keeping: .last(100_000))
        switch arguments.mode {
        case "publish": try await publish(arguments) { try await client.publish("plain", $0) }
        case "durable-publish": try await publish(arguments) { try await channel.publish($0) }
        case "push": try await push("plain", arguments) { try await client.publish("plain", payload) }
        case "push-of-durable": try await push("durable", arguments) { try await channel.publish(payload) }
        case "durable-push": try await durablePush(channel, arguments)
        case "repair": try await repair(channel, arguments)
        default: throw Arguments.Wrong()
        }
    }

    private static let payload = RedisBytes("0123456789abcdef")

    private static func publish(_ arguments: Arguments, _ body: (RedisBytes) async throws -> Void) async throws {
        var times: [Int] = []
        times.reserveCapacity(arguments.messages)
        for _ in 0..<arguments.messages {
            let begin = Cost.nanoseconds()
            try await body(payload)
            times.append(Cost.nanoseconds() - begin)
        }
        Report.end(percentilesOf: times)
    }

    /// From before the publish to a reader of the plain channel, one message at a time.
    private static func push(
        _ name: String,
        _ arguments: Arguments,
        _ publish: @escaping @Sendable () async throws -> Void
    ) async throws {
        let pubsub = try PubSub(arguments.configuration())
        try await pubsub.subscribe(name)
        var reader = pubsub.events.makeAsyncIterator()
        try await measure(arguments, publish) {
            while let event = try await reader.next() {
                if event.message != nil { return }
            }
        }
    }

    private static func durablePush(_ channel: DurableChannel, _ arguments: Arguments) async throws {
        let subscription = try channel.subscription()
        try await subscription.start()
        var reader = subscription.events.makeAsyncIterator()
        try await measure(arguments) {
            try await channel.publish(payload)
        } read: {
            while let event = try await reader.next() {
                if event.message != nil { return }
            }
        }
    }

    private static func measure(
        _ arguments: Arguments,
        _ publish: @escaping @Sendable () async throws -> Void,
        read: () async throws -> Void
    ) async throws {
        var times: [Int] = []
        times.reserveCapacity(arguments.messages)
        for _ in 0..<arguments.messages {
            let begin = Cost.nanoseconds()
            async let published: Void = publish()
            try await read()
            times.append(Cost.nanoseconds() - begin)
            try await published
        }
        Report.end(percentilesOf: times)
    }

    /// From the start of a subscription behind the first message to the last one.
    private static func repair(_ channel: DurableChannel, _ arguments: Arguments) async throws {
        let first = try await channel.publish(payload)
        var missed = 0
        while missed < arguments.messages {
            let count = min(arguments.messages - missed, 1000)
            try await channel.publish(contentsOf: Array(repeating: payload, count: count))
            missed += count
        }
        let subscription = try channel.subscription(from: .after(first))
        let begin = Cost.nanoseconds()
        var reader = subscription.events.makeAsyncIterator()
        var read = 0
        while read < missed, let event = try await reader.next() {
            if event.message != nil { read += 1 }
        }
        let time = Cost.nanoseconds() - begin
        Report.end([("messages", read), ("ms", Double(time) / 1_000_000)])
    }
}
