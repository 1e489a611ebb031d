import Foundation
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// Processes that handle the messages of a queue, one of which is killed again and again.
///
/// Required: no message is lost, none is handled twice but what was in hand when a process was killed, and in the end
/// nothing is left.
@Suite("A queue on streams of many processes", .tags(.server, .slow, .once), .timeLimit(.minutes(5)))
struct QueueProcessTests {
    @Test("gives each message to somebody, though one of its eight consumers is killed each second")
    func kills() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            let concurrency = 4
            func worker() throws -> WorkerProcess {
                try WorkerProcess("streams-worker", [server.url, "q", "1000", "\(concurrency)"])
            }
            var workers = try (0..<8).map { _ in try worker() }
            var killed: [WorkerProcess] = []
            let isEnough = Locked(false)
            let putting = Task {
                var count = 0
                while !isEnough.withLock({ $0 }), !Task.isCancelled {
                    try await queue.put(contentsOf: (count..<(count + 10)).map { "\($0)" })
                    count += 10
                    while try await client.xlen("q") > 200, !isEnough.withLock({ $0 }) { await Task.yield() }
                }
                return count
            }
            let pause = Duration.milliseconds(isSoak ? 1000 : 600)
            for round in 0..<(isSoak ? 60 : 6) {
                let index = round % workers.count
                // Their lines become many.
                let before = workers.map(\.writtenCount).reduce(0, +)
                let began = ContinuousClock.now
                #expect(
                    try await eventually(within: .seconds(20)) {
                        began.duration(to: .now) > pause && workers.map(\.writtenCount).reduce(0, +) > before + 400
                    }
                )
                workers[index].signal(SIGKILL)
                killed.append(workers[index])
                workers[index] = try worker()
            }
            isEnough.withLock { $0 = true }
            let count = try await putting.joined
            #expect(
                try await eventually(within: .seconds(30)) {
                    let statistics = try await queue.statistics()
                    return statistics.depth == 0 && statistics.dead == 0
                }
            )
            for worker in workers { #expect(try await worker.end()) }
            let taken = (workers + killed).flatMap { $0.lines("taken") }
            let done = Set((workers + killed).flatMap { $0.lines("done") })
            let all = Set((0..<count).map { "\($0)" })
            #expect(Set(taken) == all)
            // The last line of a process that was killed may be cut.
            #expect(all.subtracting(done).count <= killed.count * concurrency)
            #expect(taken.count - all.count <= killed.count * concurrency)
        }
    }
}

@Suite("What a queue on streams costs that waits", .tags(.server, .slow, .once, .timing), .timeLimit(.minutes(4)))
struct QueueIdleTests {
    /// Everything counts that the server has been sent, but what this test itself asks.
    private func count(_ server: RedisServer) throws -> Int {
        let text = try server.command("INFO", "commandstats")
        return text.split(separator: "\r\n").reduce(0) { sum, line in
            guard line.hasPrefix("cmdstat_"), !line.hasPrefix("cmdstat_info"), !line.hasPrefix("cmdstat_config"),
                let calls = line.split(separator: "calls=").last?.prefix(while: \.isNumber)
            else { return sum }
            return sum + (Int(calls) ?? 0)
        }
    }

    @Test("sends at most one command in five seconds")
    func idle() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            let handled = Collector<String>()
            let run = Task { try await queue.run(concurrency: 4) { handled.add($0.text ?? "") } }
            try await queue.put("x")
            #expect(try await eventually { handled.all == ["x"] })
            let settled = ContinuousClock.now
            #expect(try await eventually { settled.duration(to: .now) > .milliseconds(300) })
            _ = try server.command("CONFIG", "RESETSTAT")
            let seconds = isSoak ? 120 : 5
            let began = ContinuousClock.now
            #expect(try await eventually(within: .seconds(200)) { began.duration(to: .now) > .seconds(seconds) })
            let commands = try count(server)
            let statistics = try server.command("INFO", "commandstats")
            #expect(commands <= seconds / 5, "\(statistics)")
            run.cancel()
            try await run.joined
            await queue.close()
        }
    }
}
