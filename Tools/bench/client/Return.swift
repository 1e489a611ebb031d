import RedisCommands
import RedisEvents

/// How long after its link was killed a subscriber hears again, and has all of its names again. Another process
/// publishes to the first channel all the while.
enum Return {
    static func run(_ arguments: Arguments) async throws {
        var configuration = try arguments.configuration()
        // The pause before the first attempt is half a millisecond to one, so that it is not what is measured.
        configuration.reconnect.minimumDelay = .milliseconds(1)
        let pubsub = try PubSub(
            configuration,
            buffer: RedisBufferLimit(events: 1_000_000),
            ignoreSubscribeMessages: true
        )
        let killer = try RedisClient(configuration)
        try await pubsub.subscribe(.channel, arguments.names)

        var killed: Int?
        var isLost = false
        var first: Int?
        var all: Int?
        for try await event in pubsub.events {
            switch event {
            case .message where killed == nil:
                // It hears the publisher, so there is something to miss.
                killed = Cost.nanoseconds()
                let reply = try await killer.send(["CLIENT", "KILL", "TYPE", "pubsub"])
                guard reply.integer == 1 else { throw NotKilled() }
            case .link(.lost): isLost = true
            case .message where isLost && first == nil: first = Cost.nanoseconds()
            case .gap(let gap) where gap.isComplete: all = Cost.nanoseconds()
            default: break
            }
            if let killed, let first, let all { await report(pubsub, first - killed, all - killed) }
        }
    }

    private struct NotKilled: Error {}

    /// The end of the gap is the library's own word, so it is checked against the server's confirmations.
    private static func report(_ pubsub: PubSub, _ first: Int, _ all: Int) async -> Never {
        let names = await pubsub.states().count { $0.isConfirmed }
        Report.end([("names", names), ("first_ms", Double(first) / 1e6), ("all_ms", Double(all) / 1e6)])
    }
}
