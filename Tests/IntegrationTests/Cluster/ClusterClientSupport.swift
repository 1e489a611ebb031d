import RedisCommands
import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

extension ServerRelease {
    /// Those that have clusters as the tests build them; every day the newest of each first number of the version.
    static var withClusters: [ServerRelease] {
        let all = available.filter { $0.isAtLeast(redis: ServerVersion(7)) }
        return isSoak ? all : all.filter { $0.isNewest(of: all) }
    }
}

/// Runs `body` against a cluster of that release, and a client of it.
func withClusterClient(
    _ release: ServerRelease? = nil,
    linger: Duration = .seconds(60),
    _ body: (RedisCluster, RedisClient) async throws -> Void
) async throws {
    try await withRedisCluster(RedisClusterOptions(executable: release?.executable)) { cluster in
        let client = try RedisClient(cluster.seed(), loop: nil, linger: linger)
        do { try await body(cluster, client) } catch {
            await client.close()
            throw error
        }
        await client.close()
    }
}

/// Increments counters from many tasks, and knows afterwards what must have become of each.
final class CounterLoad: Sendable {
    struct Tally {
        /// Replies that came, by counter, in the order in which each task got them.
        var answered: [Int: [Int]] = [:]
        /// Commands of which nobody knows whether they were executed.
        var uncertain: [Int: Int] = [:]
        var otherErrors: [RedisError] = []
        var longest = Duration.zero
    }

    private let tally = Locked(Tally())
    private let isOver = Locked(false)
    private let names: [RedisBytes]
    private let client: RedisClient
    private let tasks = Locked<[Task<Void, Never>]>([])

    /// Begins, with so many tasks for each counter.
    init(_ client: RedisClient, names: [String], tasks count: Int = 2) {
        self.client = client
        self.names = names.map { RedisBytes($0) }
        for number in names.indices {
            for _ in 0..<count {
                let task = Task { await self.work(number) }
                tasks.withLock { $0.append(task) }
            }
        }
    }

    private func work(_ number: Int) async {
        while !isOver.withLock({ $0 }) {
            let start = ContinuousClock.now
            do throws(RedisError) {
                let reply = try await client.send(["INCR", names[number]], timeout: .seconds(20))
                let took = start.duration(to: .now)
                tally.withLock { tally in
                    tally.answered[number, default: []].append(reply.integer ?? -1)
                    tally.longest = max(tally.longest, took)
                }
            } catch {
                tally.withLock { tally in
                    if error.code == .connectionLost {
                        tally.uncertain[number, default: 0] += 1
                    } else {
                        tally.otherErrors.append(error)
                    }
                }
            }
            // At full speed the servers of one machine have no time left for their elections.
            do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
        }
    }

    var answeredCount: Int { tally.withLock { $0.answered.values.reduce(0) { $0 + $1.count } } }

    /// Waits until so many more were answered.
    func advance(by count: Int) async throws -> Bool {
        let goal = answeredCount + count
        return try await eventually(within: .seconds(30)) { self.answeredCount >= goal }
    }

    /// Ends it and compares. Only a server that crashed may have lost what it had answered.
    func finish(mayLose: Bool = false) async throws -> Tally {
        isOver.withLock { $0 = true }
        for task in tasks.withLock({ $0 }) { await task.joined }
        let tally = tally.withLock { $0 }
        for number in names.indices {
            let answered = tally.answered[number, default: []]
            let value = try await client.send(["GET", names[number]]).integer ?? 0
            #expect(value <= answered.count + tally.uncertain[number, default: 0], "executed twice")
            if !mayLose {
                #expect(value >= answered.count)
                #expect(Set(answered).count == answered.count)
            }
        }
        return tally
    }
}
