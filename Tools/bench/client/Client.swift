import RedisEvents

/// The library, called as a peer is called: `events-client WAY MODE PORT CHANNELS MESSAGES [OPTION…]`. A way is one of
/// those in which a user takes messages. The last line that it prints is the report.
@main
struct Client {
    static func main() async throws {
        let arguments = try Arguments(CommandLine.arguments.dropFirst())
        switch arguments.way {
        case "links": try await Links.run(arguments)
        case "latency": try await Latency.run(arguments)
        case "memory": try await MemoryUse.run(arguments)
        case "return": try await Return.run(arguments)
        case "publish": try await Publishing.run(arguments)
        case "commands": try await Commanding.run(arguments)
        case "durable": try await Durable.run(arguments)
        case "lock": try await Locking.run(arguments)
        case "queue": try await Queueing.run(arguments)
        case "stream-queue": try await StreamQueueing.run(arguments)
        case "cache": try await Caching.run(arguments)
        case "resume": try await Resuming.run(arguments)
        default:
            if arguments.mode == "monitor" { try await Monitoring.run(arguments) }
            try await Subscribing.run(arguments)
        }
    }
}
