import Foundation
import RedisReactor
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

/// Processes that take messages at least once, one of which is killed again and again.
///
/// Required: no message is lost, and in the end nothing is left anywhere. How often a message is handled twice is
/// bounded by what was in hand when a process was killed.
@Suite("A queue of many processes", .tags(.server, .slow, .once), .timeLimit(.minutes(5)))
struct QueueFaultTests {
    @Test("gives each message to somebody, though one of its consumers is killed again and again")
    func kills() async throws {
        try await withClient { server, client in
            let queue = MessageQueue("q", on: client)
            var workers = try (0..<4).map { _ in
                try WorkerProcess("toolkit-worker", ["queue", server.url, "q", "1000"])
            }
            var ended: [WorkerProcess] = []
            // It is told to end, and not cancelled, so that it knows what it has put.
            let isEnough = Locked(false)
            let putting = Task {
                var count = 0
                while !isEnough.withLock({ $0 }), !Task.isCancelled {
                    try await queue.put((count..<(count + 10)).map { "\($0)" })
                    count += 10
                    while try await queue.count() > 200, !isEnough.withLock({ $0 }) { await Task.yield() }
                }
                return count
            }
            let pause = Duration.milliseconds(isSoak ? 1000 : 300)
            for round in 0..<(isSoak ? 60 : 8) {
                let index = round % workers.count
                // Their lines become many.
                let before = workers.map(\.writtenCount).reduce(0, +)
                let began = ContinuousClock.now
                #expect(
                    try await eventually(within: .seconds(20)) {
                        began.duration(to: .now) > pause && workers.map(\.writtenCount).reduce(0, +) > before + 200
                    }
                )
                workers[index].signal(SIGKILL)
                ended.append(workers[index])
                workers[index] = try WorkerProcess("toolkit-worker", ["queue", server.url, "q", "1000"])
            }
            isEnough.withLock { $0 = true }
            let count = try await putting.joined
            let all = Set((0..<count).map { "\($0)" })
            #expect(
                try await eventually(within: .seconds(30)) {
                    Set((workers + ended).flatMap { $0.lines("taken") }).isSuperset(of: all)
                }
            )
            // Everything was acknowledged by somebody, or given back from one that was killed, and acknowledged then.
            #expect(
                try await eventually(within: .seconds(30)) {
                    let count = try await queue.count()
                    return try count == 0 && server.command("KEYS", "{q}:consumer:*").isEmpty
                }
            )
            for worker in workers { #expect(try await worker.end()) }
            #expect(try await queue.count() == 0)
            #expect(try server.command("KEYS", "{q}:consumer:*").isEmpty)
            let taken = (workers + ended).flatMap { $0.lines("taken") }
            #expect(taken.count - all.count <= ended.count * 2)
        }
    }
}
