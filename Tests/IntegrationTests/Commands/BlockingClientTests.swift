import RedisCommands
import RedisCore
import RedisPOSIX
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A client's calls for plain threads", .tags(.server), .timeLimit(.minutes(1)))
struct BlockingClientTests {
    @Test("send batches, transactions and typed requests", arguments: bothProtocols)
    func sends(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withClient(version) { client, server in
            var batch = RedisBatch()
            batch.append(["SET", "text", "x"])
            let pushed = batch.append(RedisRequest<Int>(["LPUSH", "text", "y"]))
            let read = batch.append(.get("text", as: String.self))
            let results = try await value { [batch] in try client.blocking.send(batch) }
            #expect(try results[0].get() == .simpleString("OK"))
            #expect(results[pushed].error?.serverPrefix == "WRONGTYPE")
            #expect(try results[read].get() == "x")

            let tally = try await value { [batch] in try client.blocking.send(discardingReplies: batch) }
            #expect(tally.successCount == 2)
            #expect(tally.errors.map(\.index) == [1])
            #expect(tally.errors.first?.error.serverPrefix == "WRONGTYPE")

            let executed = try await value {
                try client.blocking.atomically {
                    $0.append(.incr("sum"))
                    $0.append(["INCR", "text"])
                    $0.append(.incr("sum"))
                }
            }
            #expect(try executed[0].get() == .integer(1))
            #expect(executed[1].error?.serverPrefix == "ERR")
            #expect(try executed[2].get() == .integer(2))

            #expect(try await value { try client.blocking.send(.incr("sum")) } == 3)
            let sum = try await value { try client.blocking.send(.get("sum", as: Int.self), timeout: .seconds(5)) }
            #expect(sum == 3)
            #expect(try server.command("GET", "sum") == "3")
        }
    }

    @Test("run a transaction as one, so that one that the server refuses runs not at all")
    func aborted() async throws {
        try await withClient { client, server in
            let error = await thrown {
                _ = try client.blocking.atomically {
                    $0.append(["SET", "a", "1"])
                    $0.append(["INCR"])
                }
            }
            #expect(error?.code == .transactionAborted)
            let count = try server.command("EXISTS", "a")
            #expect(count == "0")
        }
    }

    @Test("run a watched transaction on their thread, again after a conflict up to a limit", arguments: bothProtocols)
    func conflict(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withClient(version) { client, server in
            try await client.set("k", 1)
            let (read, calls, isHere) = try await value {
                let thread = pthread_self()
                var calls = 0
                var isHere = true
                let read = try client.blocking.transaction(watching: ["k"]) { tx in
                    isHere = isHere && pthread_equal(thread, pthread_self()) != 0
                    calls += 1
                    let read = try tx.send(.get("k", as: Int.self)) ?? 0
                    if calls < 3 { try client.blocking.send(["INCR", "k"]) }
                    _ = try tx.commit { $0.append(.set("k", read * 10)) }
                    return read
                }
                return (read, calls, isHere)
            }
            #expect(read == 3)
            #expect(calls == 3)
            #expect(isHere)
            let attempts = Locked(0)
            let error = await thrown {
                try client.blocking.transaction(watching: [], attempts: 3) { tx in
                    attempts.withLock { $0 += 1 }
                    try tx.watch("k")
                    try client.blocking.send(["INCR", "k"])
                    _ = try tx.commit { $0.append(["SET", "k", "lost"]) }
                }
            }
            #expect(attempts.withLock { $0 } == 3)
            #expect(error?.code == .conflict)
            #expect(error?.execution == .notExecuted)
            #expect(try server.command("GET", "k") == "33")
        }
    }

    @Test("throw what the body of a transaction throws, and run nothing")
    func bodyThrows() async throws {
        struct Stop: Error {}
        try await withClient { client, server in
            let kept = Locked<RedisTransaction.Blocking?>(nil)
            await #expect(throws: Stop.self) {
                try await value {
                    try client.blocking.transaction(watching: ["k"]) { tx in
                        kept.withLock { $0 = tx }
                        try tx.send(["GET", "k"])
                        throw Stop()
                    }
                }
            }
            let late = await thrown { _ = try kept.withLock { $0 }?.commit { $0.append(["SET", "k", "late"]) } }
            #expect(late?.code == .closed)
            let count = try server.command("EXISTS", "k")
            #expect(count == "0")
            #expect(client.poolStatistics.lent == 0)
        }
    }

    @Test("take no thread of Swift's pool while the body of a transaction blocks")
    func bodiesBlock() async throws {
        try await withClient { client, server in
            let count = 16
            let missing = Locked(count)
            let gates = (0..<count).map { _ in Promise<Void>() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    group.addTask {
                        try await onThread {
                            try client.blocking.transaction(watching: ["k\(number)"]) { tx in
                                let isLast = missing.withLock { missing in
                                    missing -= 1
                                    return missing == 0
                                }
                                if isLast { for gate in gates { gate.complete(.success(())) } }
                                try gates[number].waitBlocking(until: .now.advanced(by: .seconds(20)))
                                _ = try tx.commit { $0.append(.incr("sum")) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try server.command("GET", "sum") == "\(count)")
        }
    }

    /// The calls that need a reply.
    private static let calls: [@Sendable (RedisClient.Blocking, RedisBatch) throws -> Void] = [
        { client, _ in try client.send(["PING"]) },
        { client, _ in try client.send(RedisRequest<String>(["PING"])) },
        { client, batch in _ = try client.send(batch).get() },
        { client, batch in
            if let error = try client.send(discardingReplies: batch).errors.first?.error { throw error }
        },
        { client, batch in _ = try client.atomically(batch) },
        { client, batch in try client.transaction(watching: ["k"]) { _ = try $0.commit(batch) } },
    ]

    @Test("are refused on the event loop")
    func onLoop() async throws {
        try await withRedisServer { server in
            let loop = try RedisEventLoop()
            let client = try RedisClient(server.configuration(), loop: loop)
            let batch = Self.batch
            let codes = Promise<[RedisError.Code?]>()
            loop.execute {
                let blocking = client.blocking
                codes.complete(
                    .success(
                        Self.calls.map { call in
                            do { try call(blocking, batch) } catch { return (error as? RedisError)?.code }
                            return nil
                        }
                    )
                )
            }
            #expect(try await codes.value() == Array(repeating: .invalidCommand, count: Self.calls.count))
            #expect(try server.command("EXISTS", "k") == "0")
            await client.close()
        }
    }

    @Test("fail when the client is closed, and nothing runs")
    func closed() async throws {
        try await withClient { client, server in
            await client.close()
            let batch = Self.batch
            for call in Self.calls {
                let error = await thrown { try call(client.blocking, batch) }
                #expect(error?.code == .closed)
                #expect(error?.execution == .notExecuted)
            }
            let count = try server.command("EXISTS", "k")
            #expect(count == "0")
        }
    }

    @Test("end at their deadline when the server does not reply")
    func deadline() async throws {
        try await withClient(timeout: .milliseconds(50)) { client, server in
            let batch = Self.batch
            try await client.send(["PING"], timeout: .seconds(30))
            // Has a link in the pool.
            try await client.withLink(timeout: nil) { _ = try await $0.send(["PING"], timeout: nil) }
            try server.pause()
            let results = try await value { try client.blocking.send(batch) }
            #expect(results.map(\.error?.code) == [.timedOut])
            let tally = try await value { try client.blocking.send(discardingReplies: batch) }
            #expect(tally.errors.map(\.error.code) == [.timedOut])
            // Long enough for it to be written, also on a busy machine: otherwise it is known not to have run.
            let error = await thrown { _ = try client.blocking.atomically(batch, timeout: .seconds(1)) }
            #expect(error?.code == .timedOut)
            #expect(error?.execution == .unknown)
            let watching = await thrown { try client.blocking.transaction(watching: ["k"]) { _ in } }
            #expect(watching?.code == .timedOut)
            try server.resume()
        }
    }

    private static var batch: RedisBatch {
        var batch = RedisBatch()
        batch.append(["INCR", "k"])
        return batch
    }

    private func withClient(
        _ version: RedisConfiguration.ProtocolVersion = .resp3,
        timeout: Duration = .seconds(30),
        _ body: (RedisClient, RedisServer) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration(version)
            configuration.commands.timeout = timeout
            let client = try RedisClient(configuration)
            do { try await body(client, server) } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    /// What the body returns on a plain thread. An expectation that fails there is no test's.
    private func value<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let value = Locked<Value?>(nil)
        try await onThread {
            let found = try body()
            value.withLock { $0 = found }
        }
        return try #require(value.withLock { $0 })
    }

    /// What the body throws on a plain thread.
    private func thrown(_ body: @escaping @Sendable () throws -> Void) async -> RedisError? {
        do { try await onThread(body) } catch { return error as? RedisError }
        return nil
    }
}

extension Result {
    fileprivate var error: Failure? { if case .failure(let error) = self { error } else { nil } }
}
