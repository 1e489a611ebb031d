import RedisEvents

/// What is resident, in KiB, before and after. Nothing is given back by hand: these are the numbers that a user sees.
enum MemoryUse {
    static func run(_ arguments: Arguments) async throws {
        switch arguments["--of"] {
        case "subscriptions": try await subscriptions(arguments)
        case "links": try await links(arguments)
        case "burst": try await burst(arguments)
        default: throw Arguments.Wrong()
        }
    }

    private static func subscriptions(_ arguments: Arguments) async throws {
        let pubsub = try PubSub(arguments.configuration())
        let handler = PubSub.Handler.calling { _ in }
        try await pubsub.subscribe("first", handler: handler)
        // Somebody has to take the confirmations, which are events like any other.
        let reader = Task { try await pubsub.run() }
        let before = Memory.resident
        var confirmed = 0
        // A part at a time, so that the caller's own array of names is not what is measured.
        for first in stride(from: 0, to: arguments.channels, by: 10_000) {
            let names = (first..<min(first + 10_000, arguments.channels)).map(Arguments.name)
            confirmed += try await pubsub.subscribe(.channel, names, handler: handler).count { $0.error == nil }
        }
        let after = Memory.resident
        reader.cancel()
        Report.end([("count", confirmed), ("before_kib", before), ("after_kib", after)])
    }

    private static func links(_ arguments: Arguments) async throws {
        let loop = try RedisEventLoop(name: "links")
        let first = try await Links.open(1, arguments, on: loop) { _ in }
        let before = Memory.resident
        let links = try await Links.open(arguments.number("--links", or: 1) - 1, arguments, on: loop) { _ in }
        let after = Memory.resident
        Report.end([
            ("count", (first + links).count { $0.isSubscribed } - 1), ("before_kib", before), ("after_kib", after),
        ])
    }

    /// Messages for a reader that does not read yet.
    private static func burst(_ arguments: Arguments) async throws {
        let pubsub = try PubSub(
            arguments.configuration(),
            buffer: RedisBufferLimit(events: 2 * arguments.messages, bytes: 8 << 30),
            ignoreSubscribeMessages: true
        )
        try await pubsub.subscribe(.channel, arguments.names)
        let before = Memory.resident
        Report.ready()
        while pubsub.statistics.queuedEvents < arguments.messages { try await Task.sleep(for: .milliseconds(5)) }
        let full = Memory.resident
        var seen = 0
        var bytes = 0
        for try await event in pubsub.events {
            guard let message = event.message else { continue }
            seen += 1
            bytes += message.payload.count
            if seen == arguments.messages { break }
        }
        // It comes back when a reader has waited for a second.
        _ = try await pubsub.getMessage(timeout: .seconds(3))
        Report.end([
            ("messages", seen), ("bytes", bytes),
            ("before_kib", before), ("full_kib", full), ("after_kib", Memory.resident),
        ])
    }
}
