import RedisCommands
import RedisCore

/// Commands that are awaited, one after the other, by many tasks, or in batches of a thousand.
enum Commanding {
    static func tasks(_ setting: Setting, _ count: Int, on loop: RedisEventLoop?) async throws {
        let client = try RedisClient(setting.configuration, loop: loop)
        let countdown = Countdown(setting.messages)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask(executorPreference: loop) {
                    while true { countdown.message(try await client.get("key")?.count ?? 0) }
                }
            }
            try await group.waitForAll()
        }
    }

    static func batches(_ setting: Setting) async throws {
        let client = try RedisClient(setting.configuration)
        let countdown = Countdown(setting.messages)
        while true {
            var batch = RedisBatch()
            for _ in 0..<1000 { batch.append(.get("key")) }
            for result in try await client.send(batch) { countdown.message(try result.get().bytes?.count ?? 0) }
        }
    }
}
