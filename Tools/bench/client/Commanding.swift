import RedisCommands

/// Sends commands in one of the ways in which a program does: many tasks that await each, batches, or one after the
/// other.
enum Commanding {
    static func run(_ arguments: Arguments) async throws {
        let loop = try RedisEventLoop()
        let client = try RedisClient(arguments.configuration(), loop: loop)
        try await client.set("key", String(repeating: "x", count: arguments.number("--payload", or: 16)))
        switch arguments.mode {
        case "tasks": try await tasks(client, arguments, on: nil)
        case "tasks-on-loop": try await tasks(client, arguments, on: loop)
        case "batch": try await batches(client, arguments)
        case "lone": try await lone(client, arguments)
        case "lone-on-loop":
            try await Task(executorPreference: loop) { try await lone(client, arguments) }.value
        case "lone-blocking": try await loneBlocking(client, arguments)
        default: throw Arguments.Wrong()
        }
    }

    /// Tasks that each await one GET after the other.
    private static func tasks(
        _ client: RedisClient,
        _ arguments: Arguments,
        on loop: RedisEventLoop?
    ) async throws {
        let count = arguments.number("--tasks", or: 64)
        let begin = Cost.now()
        let read = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<count {
                group.addTask(executorPreference: loop) {
                    var read = 0
                    for _ in stride(from: task, to: arguments.messages, by: count) {
                        guard try await client.get("key") != nil else { throw Arguments.Wrong() }
                        read += 1
                    }
                    return read
                }
            }
            return try await group.reduce(0, +)
        }
        end(read, since: begin)
    }

    private static func batches(_ client: RedisClient, _ arguments: Arguments) async throws {
        let size = arguments.number("--batch", or: 1000)
        let begin = Cost.now()
        var read = 0
        while read < arguments.messages {
            var batch = RedisBatch()
            for _ in 0..<size { batch.append(.get("key")) }
            for result in try await client.send(batch) {
                guard case .success(.bulkString) = result else { throw Arguments.Wrong() }
                read += 1
            }
        }
        end(read, since: begin)
    }

    private static func end(_ count: Int, since begin: Cost) {
        let end = Cost.now()
        Report.end([("messages", count), ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall)])
    }

    /// One GET after the other, each with its time.
    private static func lone(_ client: RedisClient, _ arguments: Arguments) async throws {
        var times: [Int] = []
        times.reserveCapacity(arguments.messages)
        for _ in 0..<arguments.messages {
            let begin = Cost.nanoseconds()
            guard try await client.get("key") != nil else { throw Arguments.Wrong() }
            times.append(Cost.nanoseconds() - begin)
        }
        Report.end(percentilesOf: times)
    }

    private static func loneBlocking(_ client: RedisClient, _ arguments: Arguments) async throws {
        let times = await withCheckedContinuation { continuation in
            Thread.run { continuation.resume(returning: (try? blockingTimes(client, arguments)) ?? []) }
        }
        Report.end(percentilesOf: times)
    }

    private nonisolated static func blockingTimes(_ client: RedisClient, _ arguments: Arguments) throws -> [Int] {
        var times: [Int] = []
        times.reserveCapacity(arguments.messages)
        for _ in 0..<arguments.messages {
            let begin = Cost.nanoseconds()
            guard try client.blocking.send(["GET", "key"]) != .null else { throw Arguments.Wrong() }
            times.append(Cost.nanoseconds() - begin)
        }
        return times
    }
}
