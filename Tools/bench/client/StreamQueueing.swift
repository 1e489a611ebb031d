import RedisStreams

/// Messages through a queue on streams: how long one is on its way to its handler, and how many a second pass.
enum StreamQueueing {
    static func run(_ arguments: Arguments) async throws {
        let client = try RedisClient(arguments.configuration())
        var options = RedisQueueOptions()
        options.maxAttempts = nil
        let queue = try RedisQueue("stream-queue", on: client, options: options)
        switch arguments.mode {
        case "latency": try await latency(queue, arguments)
        case "one-by-one", "batch": try await throughput(queue, arguments)
        default: throw Arguments.Wrong()
        }
    }

    private static let payload = RedisBytes("0123456789abcdef")

    /// From before the put to the begin of the handler, one message at a time.
    private static func latency(_ queue: RedisQueue, _ arguments: Arguments) async throws {
        let (begins, continuation) = AsyncStream<Int>.makeStream()
        let run = Task {
            try await queue.run(concurrency: arguments.number("--tasks", or: 8)) { _ in
                continuation.yield(Cost.nanoseconds())
            }
        }
        var reader = begins.makeAsyncIterator()
        var times: [Int] = []
        times.reserveCapacity(arguments.messages)
        for _ in 0..<arguments.messages {
            let begin = Cost.nanoseconds()
            try await queue.put(payload)
            guard let end = await reader.next() else { break }
            times.append(end - begin)
        }
        run.cancel()
        try await run.value
        Report.end(percentilesOf: times)
    }

    /// Puts a hundred messages at a time, while they are handled, one at a time or in batches, and acknowledged.
    private static func throughput(_ queue: RedisQueue, _ arguments: Arguments) async throws {
        let size = arguments.number("--batch", or: 100)
        let tasks = arguments.number("--tasks", or: 500)
        let total = arguments.messages
        let isInBatches = arguments.mode == "batch"
        let (handled, continuation) = AsyncStream<Int>.makeStream()
        let begin = Cost.now()
        let run = Task {
            if isInBatches {
                let concurrency = max(tasks / size, 1)
                try await queue.run(inBatchesOf: size, concurrency: concurrency) { continuation.yield($0.count) }
            } else {
                try await queue.run(concurrency: tasks) { _ in continuation.yield(1) }
            }
        }
        let put = Task {
            let messages = [RedisBytes](repeating: payload, count: size)
            for _ in stride(from: 0, to: total, by: size) { try await queue.put(contentsOf: messages) }
        }
        var count = 0
        for await some in handled {
            count += some
            if count >= total { break }
        }
        let end = Cost.now()
        try await put.value
        run.cancel()
        try await run.value
        Report.end([("messages", count), ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall)])
    }
}
