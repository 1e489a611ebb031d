import Foundation
import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

/// Processes that take one lock in turn, while they are killed, stopped for longer than their lease, and cut off.
///
/// Required: no fence twice; of two leases the one with the greater fence held only when the other did not hold any
/// more, by the clock that all processes share; and nobody is forgotten: in the end each process gets the lock.
///
/// The faults are drawn from a seed, which is printed; `REDIS_EVENTS_SEED` repeats them, and `REDIS_EVENTS_SOAK=1`
/// makes it ten minutes.
@Suite("A lock of many processes", .tags(.server, .slow, .once), .timeLimit(.minutes(15)))
struct LockFaultTests {
    /// How long a lease lasts without renewal.
    private static let timeToLive = Duration.milliseconds(250)

    @Test("is had by one after the other, whatever happens to them")
    func faults() async throws {
        let given = ProcessInfo.processInfo.environment["REDIS_EVENTS_SEED"]
        let seed = given.flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("lock of many processes: REDIS_EVENTS_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        try await withRedisServer { server in
            var workers = try (0..<(isSoak ? 8 : 4)).map { _ in try LockWorkerProcess(server.url, "l", Self.timeToLive)
            }
            var ended: [LockWorkerProcess] = []
            #expect(try await eventually { workers.allSatisfy { !$0.moments.isEmpty } })
            for _ in 0..<(isSoak ? 2000 : 20) {
                let index = random.number(in: 0...(workers.count - 1))
                switch random.number(in: 0...4) {
                case 0:
                    workers[index].signal(SIGKILL)
                    ended.append(workers[index])
                    workers[index] = try LockWorkerProcess(server.url, "l", Self.timeToLive)
                case 1, 2:
                    // Longer than its lease, so that others go on.
                    workers[index].signal(SIGSTOP)
                    let before = workers.map { $0.moments.count }
                    #expect(
                        try await eventually {
                            workers.indices.contains { $0 != index && workers[$0].moments.count > before[$0] + 4 }
                        }
                    )
                    workers[index].signal(SIGCONT)
                case 3: try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                default: try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                }
                let before = workers.map { $0.moments.count }.reduce(0, +)
                #expect(try await eventually { workers.map { $0.moments.count }.reduce(0, +) > before + 5 })
            }
            // Each gets its turn again.
            let before = workers.map { $0.moments.count }
            #expect(
                try await eventually(within: .seconds(30)) {
                    workers.indices.allSatisfy { workers[$0].moments.count > before[$0] }
                }
            )
            for worker in workers { #expect(try await worker.end()) }
            try check((workers + ended).flatMap(\.moments))
            #expect(try await eventually { try server.command("EXISTS", "l") == "0" })
        }
    }

    @Test("has rising fences and one holder at a time over a failover, but for the moments in which a primary was gone")
    func failover() async throws {
        try await withRedisSentinels { group in
            let workers = try (0..<3).map { _ in try LockWorkerProcess(group.url, "l", Self.timeToLive) }
            #expect(try await eventually { workers.allSatisfy { !$0.moments.isEmpty } })
            for _ in 0..<(isSoak ? 5 : 1) {
                let former = try await group.perform { group in
                    let former = try group.killPrimary()
                    try group.waitForFailover(from: former)
                    return former
                }
                let before = workers.map { $0.moments.count }
                #expect(
                    try await eventually(within: .seconds(60)) {
                        workers.indices.allSatisfy { workers[$0].moments.count > before[$0] + 4 }
                    }
                )
                try await former.restart()
                try await group.perform { try $0.waitUntilReady() }
            }
            for worker in workers { #expect(try await worker.end()) }
            let fences = Dictionary(grouping: workers.flatMap { $0.moments }) { $0.fence }
            // Each lease belongs to one process, though two may have held at once around the failover.
            for (fence, moments) in fences { #expect(Set(moments.map(\.worker)).count == 1, "\(fence)") }
        }
    }

    /// Checks what all processes together have seen.
    private func check(_ moments: [LockWorkerProcess.Moment]) throws {
        let leases = Dictionary(grouping: moments) { $0.fence }.sorted { $0.key < $1.key }
        #expect(leases.count > 50)
        var last = 0
        for (fence, moments) in leases {
            #expect(Set(moments.map(\.worker)).count == 1, "the fence \(fence) was granted twice")
            let times = moments.map(\.time)
            #expect(times.min() ?? 0 > last, "the lease \(fence) began before the one before it had ended")
            last = max(last, times.max() ?? 0)
        }
    }
}

/// A `lock-worker`.
private final class LockWorkerProcess {
    /// A moment at which a process surely had the lock.
    struct Moment {
        let worker: Int32
        let fence: Int
        let time: Int
    }

    private let process: WorkerProcess

    init(_ url: String, _ name: String, _ timeToLive: Duration) throws {
        process = try WorkerProcess("lock-worker", [url, name, "\(Int(timeToLive / .milliseconds(1)))"])
    }

    /// What it has written so far.
    var moments: [Moment] {
        process.lines.compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 2 else { return nil }
            return Moment(worker: process.processIdentifier, fence: numbers[0], time: numbers[1])
        }
    }

    func signal(_ number: Int32) { process.signal(number) }

    /// Lets it end. Returns whether it has given everything back and ended well.
    func end() async throws -> Bool { try await process.end() }
}
