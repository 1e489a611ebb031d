import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A read/write lock", .tags(.server), .timeLimit(.minutes(2)))
struct ReadWriteLockTests {
    @Test("is had by many readers or by one writer")
    func sides() async throws {
        try await withClient { server, client in
            let lock = try RedisReadWriteLock("rw", on: client)
            let first = try #require(try await lock.reading.tryLock())
            let second = try #require(try await lock.reading.tryLock())
            #expect(try await lock.writing.tryLock() == nil)
            try await first.release()
            #expect(try await lock.writing.tryLock() == nil)
            try await second.release()
            let writer = try #require(try await lock.writing.tryLock())
            #expect(writer.fence > second.fence)
            #expect(try await lock.reading.tryLock() == nil)
            #expect(try await lock.writing.tryLock() == nil)
            try await writer.release()
            #expect(try server.command("KEYS", "*") == "{rw}:fence")
        }
    }

    @Test("lets no new reader in while a writer waits, and then the readers again")
    func writersFirst() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let lock = try RedisReadWriteLock("rw", on: client)
            let reader = try await lock.reading.lock()
            let elsewhere = try RedisReadWriteLock("rw", on: other)
            let order = Collector<String>()
            let writing = Task { try await elsewhere.writing.withLock { _ in order.add("writer") } }
            #expect(try await eventually { try server.command("EXISTS", "{rw}:writer") == "1" })
            #expect(try await lock.reading.tryLock() == nil)
            let reading = Task { try await lock.reading.withLock { _ in order.add("reader") } }
            let key = ReleaseWatch.LineKey(kind: "read lock", name: "rw")
            #expect(try await eventually { client.attachment(ReleaseWatch.self).waiterCount(key) == 1 })
            try await reader.release()
            try await writing.joined
            try await reading.joined
            #expect(order.all == ["writer", "reader"])
            #expect(try server.command("KEYS", "*") == "{rw}:fence")
            await other.close()
        }
    }

    @Test("lets readers in again when the writer gives up")
    func writerGivesUp() async throws {
        try await withClient { server, client in
            let lock = try RedisReadWriteLock("rw", on: client)
            let reader = try await lock.reading.lock()
            let writing = Task { try await lock.writing.lock() }
            #expect(try await eventually { try server.command("EXISTS", "{rw}:writer") == "1" })
            let reading = Task { try await lock.reading.lock(timeout: .seconds(20)) }
            writing.cancel()
            await #expect(throws: RedisError.self) { _ = try await writing.joined }
            try await reading.joined.release()
            #expect(try server.command("EXISTS", "{rw}:writer") == "0")
            try await reader.release()
        }
    }

    @Test("takes an ordinary lock of the same name for a writer")
    func ordinaryLock() async throws {
        try await withClient { server, client in
            let lock = try RedisReadWriteLock("rw", on: client)
            let lease = try await RedisLock("rw", on: client).lock()
            #expect(try await lock.reading.tryLock() == nil)
            #expect(try await lock.writing.tryLock() == nil)
            try await lease.release()
            let writer = try #require(try await lock.writing.tryLock())
            #expect(try await RedisLock("rw", on: client).tryLock() == nil)
            try await writer.release()
        }
    }

    @Test("is not waited for by a task that has a side of it")
    func deadlock() async throws {
        try await withClient { _, client in
            let lock = try RedisReadWriteLock("rw", on: client)
            try await lock.reading.withLock { _ in
                let error = await #expect(throws: RedisError.self) { try await lock.writing.lock() }
                #expect(error?.code == .deadlock)
            }
            try await lock.writing.withLock { _ in
                let error = await #expect(throws: RedisError.self) { try await lock.reading.lock() }
                #expect(error?.code == .deadlock)
            }
        }
    }

    @Test("keeps writers and readers apart in a crowd, and serves all")
    func crowd() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let state = Locked((readers: 0, writers: 0, wrong: 0, served: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    let lock = try RedisReadWriteLock("rw", on: number % 2 == 0 ? client : other)
                    let writes = number % 5 == 0
                    group.addTask {
                        try await (writes ? lock.writing : lock.reading).withLock { _ in
                            state.withLock { state in
                                if writes { state.writers += 1 } else { state.readers += 1 }
                                if state.writers > 1 || state.writers == 1 && state.readers > 0 { state.wrong += 1 }
                                state.served += 1
                            }
                            await Task.yield()
                            state.withLock { state in
                                if writes { state.writers -= 1 } else { state.readers -= 1 }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(state.withLock { $0.wrong } == 0)
            #expect(state.withLock { $0.served } == 60)
            #expect(try server.command("KEYS", "*") == "{rw}:fence")
            await other.close()
        }
    }

    @Test("has an order of its own, and no other")
    func refused() throws {
        let client = try RedisClient("redis://127.0.0.1:1")
        let error = #expect(throws: RedisError.self) {
            try RedisReadWriteLock("rw", on: client, RedisLeaseOptions(order: .fair))
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
