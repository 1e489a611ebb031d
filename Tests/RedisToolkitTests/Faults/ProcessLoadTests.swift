import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("Several processes", .tags(.server, .slow, .once, .timing), .timeLimit(.minutes(3)))
struct ProcessLoadTests {
    /// Starts four processes, which have connected and wait for a word.
    private func workers(_ arguments: [String]) async throws -> [WorkerProcess] {
        let workers = try (0..<4).map { _ in try WorkerProcess("toolkit-worker", arguments) }
        #expect(try await eventually { workers.allSatisfy { $0.lines == ["ready"] } })
        return workers
    }

    @Test("with 64 tasks each are allowed exactly the rate and the burst together")
    func limiter() async throws {
        try await withRedisServer { server in
            let workers = try await workers(["limiter", server.url, "api", "64"])
            let began = ContinuousClock.now
            for worker in workers { try worker.tell("") }
            let all = ContinuousClock.now
            let time = Duration.seconds(isSoak ? 60 : 3)
            #expect(try await eventually(within: .seconds(90)) { all.duration(to: .now) >= time })
            let atLeast = all.duration(to: .now)
            for worker in workers { #expect(try await worker.end()) }
            let atMost = began.duration(to: .now)
            let allowed = workers.flatMap { $0.lines("allowed") }.compactMap { Int($0) }
            #expect(allowed.count == 4)
            let sum = allowed.reduce(0, +)
            // 200 a second and 20 at once. Whoever asks all the time takes each as soon as it is there, but for the
            // moments at the beginning in which nobody was quick enough.
            let most = 20 + Int((atMost / .milliseconds(5)).rounded(.up))
            let least = Int(atLeast / .milliseconds(5)) - 20
            #expect(least...most ~= sum, "\(sum) in \(atLeast) to \(atMost)")
            print("allowed \(sum) in \(atLeast) to \(atMost)")
        }
    }

    @Test("with 250 tasks each compute a cold value once")
    func cache() async throws {
        try await withRedisServer { server in
            let workers = try await workers(["cache", server.url, "app", "250"])
            for worker in workers { try worker.tell("") }
            #expect(try await eventually(within: .seconds(60)) { workers.allSatisfy { !$0.lines("values").isEmpty } })
            let lines = workers.flatMap { worker in worker.lines }
            #expect(lines.count { $0 == "computed" } == 1)
            let values = workers.flatMap { worker in worker.lines("values") }
            #expect(Set(values).count == 1)
            for worker in workers { #expect(try await worker.end()) }
        }
    }
}
