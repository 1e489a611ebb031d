import RedisToolkit

/// Passes messages through a queue, in one of the ways in which a program does.
enum Queueing {
    static func run(_ arguments: Arguments) async throws {
        let client = try RedisClient(arguments.configuration())
        let queue = MessageQueue("q", on: client)
        let size = arguments.number("--batch", or: 100)
        let payload = RedisBytes(String(repeating: "x", count: 16))
        let begin = Cost.now()
        let count =
            switch arguments.mode {
            case "batch": try await inBatches(queue, payload, size, arguments.messages)
            case "consumer": try await atLeastOnce(queue, payload, size, arguments.messages)
            case "tasks": try await byTasks(queue, payload, arguments.number("--tasks", or: 64), arguments.messages)
            default: throw Arguments.Wrong()
            }
        let end = Cost.now()
        Report.end([("messages", count), ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall)])
    }

    private static func inBatches(_ queue: MessageQueue, _ payload: RedisBytes, _ size: Int, _ total: Int) async throws
        -> Int
    {
        let messages = [RedisBytes](repeating: payload, count: size)
        var count = 0
        while count < total {
            try await queue.put(messages)
            count += try await queue.get(upTo: size).count
        }
        return count
    }

    private static func atLeastOnce(_ queue: MessageQueue, _ payload: RedisBytes, _ size: Int, _ total: Int)
        async throws -> Int
    {
        let messages = [RedisBytes](repeating: payload, count: size)
        let consumer = try queue.consumer()
        var count = 0
        while count < total {
            try await queue.put(messages)
            let deliveries = try await consumer.get(upTo: size)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for delivery in deliveries { group.addTask { try await delivery.acknowledge() } }
                try await group.waitForAll()
            }
            count += deliveries.count
        }
        return count
    }

    private static func byTasks(_ queue: MessageQueue, _ payload: RedisBytes, _ tasks: Int, _ total: Int) async throws
        -> Int
    {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var count = 0
                    for _ in stride(from: task, to: total, by: tasks) {
                        try await queue.put(payload)
                        _ = try await queue.get()
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
