import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A lock of plain threads", .tags(.server), .timeLimit(.minutes(2)))
struct BlockingLockTests {
    private struct BodyError: Error, Equatable {}

    @Test("excludes threads from each other, and tasks")
    func exclusion() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let counter = Locked((inside: 0, most: 0, entries: 0))
            @Sendable func enter() {
                counter.withLock { counter in
                    counter.inside += 1
                    counter.most = max(counter.most, counter.inside)
                    counter.entries += 1
                }
            }
            @Sendable func leave() { counter.withLock { $0.inside -= 1 } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await onThread {
                            for _ in 0..<10 {
                                try lock.blocking.withLock { _ in
                                    enter()
                                    leave()
                                }
                            }
                        }
                    }
                    group.addTask {
                        for _ in 0..<10 {
                            try await lock.withLock { _ in
                                enter()
                                await Task.yield()
                                leave()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(counter.withLock { $0.most } == 1)
            #expect(counter.withLock { $0.entries } == 60)
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }

    @Test("is waited for, tried, renewed and given back as by a task")
    func calls() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client, RedisLeaseOptions(timeToLive: .seconds(10), renewal: .none))
            try await onThread {
                let lease = try lock.blocking.lock()
                #expect(try lock.blocking.tryLock() == nil)
                let error = #expect(throws: RedisError.self) { try lock.blocking.lock(timeout: .milliseconds(50)) }
                #expect(error?.code == .timedOut)
                try lease.blocking.extend(by: .seconds(10))
                #expect(try server.timeToLive("l") > 15_000)
                try lease.blocking.extend(to: .seconds(4))
                #expect(try server.timeToLive("l") <= 4000)
                try lease.blocking.renew()
                #expect(try server.timeToLive("l") > 5_000)
                try lease.blocking.release()
                #expect(throws: BodyError()) { try lock.blocking.withLock { _ in throw BodyError() } }
                #expect(try lock.blocking.withLock { _ in 7 } == 7)
            }
            #expect(try server.command("EXISTS", "l") == "0")
        }
    }

    @Test("throws that it was lost, whatever the body returns")
    func loss() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            try await onThread {
                let error = #expect(throws: RedisError.self) {
                    try lock.blocking.withLock { _ in
                        try server.command("DEL", "l")
                        throw BodyError()
                    }
                }
                #expect(error?.code == .leaseLost)
                #expect(error?.underlyingError is BodyError)
            }
        }
    }

    @Test("is refused on the event loop, which would wait for itself")
    func onTheLoop() async throws {
        try await withClient { _, client in
            let lock = try RedisLock("l", on: client)
            let promise = Promise<Void>()
            client.loop.execute {
                do throws(RedisError) {
                    _ = try lock.blocking.lock()
                    promise.complete(.success(()))
                } catch { promise.complete(.failure(error)) }
            }
            let error = await #expect(throws: RedisError.self) { try await promise.value() }
            #expect(error?.code == .invalidCommand)
        }
    }
}
