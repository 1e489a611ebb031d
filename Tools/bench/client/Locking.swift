import RedisToolkit

/// Takes a lock in turn with others of its kind: each has it for a moment, and the next one is woken.
enum Locking {
    /// Writes how long each hand-over took: from before the release by the one to the lock of the other, who waits.
    static func run(_ arguments: Arguments) async throws {
        let configuration = try arguments.configuration()
        let locks = try (0..<2).map { _ in try RedisLock("l", on: RedisClient(configuration)) }
        var times: [Int] = []
        times.reserveCapacity(arguments.messages)
        var lease = try await locks[0].lock()
        for turn in 1...arguments.messages {
            let next = locks[turn % 2]
            let waiting = Task { (try await next.lock(), Cost.nanoseconds()) }
            // It waits, and hears of the end.
            try await settle(next)
            let begin = Cost.nanoseconds()
            try await lease.release()
            let (taken, end) = try await waiting.value
            lease = taken
            times.append(end - begin)
        }
        try await lease.release()
        Report.end(percentilesOf: times)
    }

    /// Long enough for the other one to be asleep: it has tried in vain and is subscribed.
    private static func settle(_ lock: RedisLock) async throws { try await Task.sleep(for: .milliseconds(5)) }
}
