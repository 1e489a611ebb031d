import RedisCommands

/// Publishes over one link with a bounded number of commands on their way, as a program does that awaits each in one of
/// many tasks.
enum Publishing {
    static func run(_ arguments: Arguments) async throws {
        let client = try RedisClient(arguments.configuration())
        let window = arguments.number("--window", or: 64)
        let channel = arguments.names[0]
        let payload = RedisBytes(String(repeating: "x", count: arguments.number("--payload", or: 16)))
        try await client.ping()
        let begin = Cost.now()
        let published = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<window {
                group.addTask {
                    var count = 0
                    for _ in stride(from: task, to: arguments.messages, by: window) {
                        _ = try await client.publish(channel, payload)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let end = Cost.now()
        Report.end([("messages", published), ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall)])
    }
}
