import RedisCommands
import RedisTesting
import Synchronization
import TestSupport
import Testing

@Suite("Transactions", .tags(.server, .slow), .timeLimit(.minutes(2)))
struct TransactionTests {
    @Test("run as one over the shared link, beside the commands of others", arguments: bothProtocols)
    func atomically(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(version))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let (pushed, size) = try await client.atomically(
                            RedisRequest<Int>(["RPUSH", "list", number]),
                            RedisRequest<Int>(["LLEN", "list"])
                        )
                        #expect(try pushed.get() == size.get())
                        try await client.send(["INCR", "others"])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try server.command("LLEN", "list") == "50")
            let results = try await client.atomically {
                $0.append(["SET", "text", "x"])
                $0.append(["LPUSH", "text", "y"])
                $0.append(["GET", "text"])
            }
            #expect(try results[0].get() == .simpleString("OK"))
            let error = #expect(throws: RedisError.self) { try results[1].get() }
            #expect(error?.serverPrefix == "WRONGTYPE")
            #expect(try results[2].get() == .bulkString("x"))
            #expect(try await client.atomically(RedisBatch()).isEmpty)
            await client.close()
        }
    }

    @Test("with a command that the server refuses do not run, and the error names it")
    func aborted() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let error = await #expect(throws: RedisError.self) {
                _ = try await client.atomically {
                    $0.append(["SET", "a", "1"])
                    $0.append(["INCR"])
                }
            }
            #expect(error?.code == .transactionAborted)
            #expect(error?.execution == .notExecuted)
            #expect(error?.message.hasPrefix("command 1 of the transaction, INCR,") == true, "\(error?.message ?? "")")
            #expect(try server.command("EXISTS", "a") == "0")
            #expect(try await client.send(["PING"]) == .simpleString("PONG"))
            await client.close()
        }
    }

    @Test("that watch are tried again after a conflict, up to a limit")
    func conflict() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            try await client.send(["SET", "k", 1])
            let calls = Atomic(0)
            let value = try await client.transaction(watching: ["k"]) { tx in
                let read = try await tx.send(["GET", "k"]).integer ?? 0
                if calls.add(1, ordering: .relaxed).newValue < 3 { try await client.send(["INCR", "k"]) }
                _ = try await tx.commit { $0.append(["SET", "k", read * 10]) }
                return read
            }
            #expect(value == 3)
            #expect(try server.command("GET", "k") == "30")
            let error = await #expect(throws: RedisError.self) {
                try await client.transaction(watching: ["k"], attempts: 3) { tx in
                    try await client.send(["INCR", "k"])
                    _ = try await tx.commit { $0.append(["SET", "k", "lost"]) }
                }
            }
            #expect(error?.code == .conflict)
            #expect(error?.execution == .notExecuted)
            #expect(error?.message.contains("each of 3 attempts") == true)
            #expect(try server.command("GET", "k") == "33")
            await client.close()
        }
    }

    @Test("leave nothing of their WATCH in the pool, however they end")
    func nothingRemains() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commands.pool.maximum = 1
            let client = try RedisClient(configuration)
            struct Stop: Error {}
            try await client.transaction(watching: ["k"]) { tx in _ = try await tx.send(["GET", "k"]) }
            await #expect(throws: Stop.self) {
                try await client.transaction(watching: ["k"]) { _ in throw Stop() }
            }
            let began = Promise<Void>()
            let cancelled = Task {
                try await client.transaction(watching: ["k"]) { tx in
                    began.complete(.success(()))
                    while true { _ = try await tx.send(["GET", "k"]) }
                }
            }
            try await began.value()
            cancelled.cancel()
            await #expect(throws: (any Error).self) { try await cancelled.joined }
            // The same link, whose connection would refuse this if it still watched the key.
            try await client.send(["SET", "k", "changed"])
            try await client.withLink { link in
                let result = try await link.send(["MULTI"])
                #expect(result == .simpleString("OK"))
                try await link.send(["SET", "k", "mine"])
                let replies = try await link.send(["EXEC"])
                #expect(replies == .array([.simpleString("OK")]))
            }
            #expect(client.poolStatistics.highestLent == 1)
            await client.close()
        }
    }

    @Test("of 50 tasks on one counter lose none and double none")
    func counter() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let perTask = isSoak ? 200 : 20
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        for _ in 0..<perTask {
                            try await client.transaction(watching: ["sum"], attempts: 10_000) { tx in
                                let sum = try await tx.send(["GET", "sum"]).integer ?? 0
                                _ = try await tx.commit { $0.append(["SET", "sum", sum + 1]) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try server.command("GET", "sum") == "\(50 * perTask)")
            #expect(client.poolStatistics.highestLent == 16)
            await client.close()
        }
    }

    @Test("of one value compare and change it in one step, with the servers' own commands or by script")
    func compare() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            #expect(try await client.compareAndSet("k", nil, "1"))
            #expect(try await client.compareAndSet("k", nil, "2") == false)
            #expect(try await client.compareAndSet("k", "0", "2") == false)
            try await client.send(["PEXPIRE", "k", 100_000])
            #expect(try await client.compareAndSet("k", "1", "2"))
            #expect(try await client.send(["PTTL", "k"]).integer ?? 0 > 0)
            #expect(try await client.compareAndSet("k", "2", "3", expiry: nil))
            #expect(try await client.send(["PTTL", "k"]) == .integer(-1))
            #expect(try await client.compareAndSet("k", "3", "4", expiry: .after(.seconds(100))))
            #expect(try await client.send(["PTTL", "k"]).integer ?? 0 > 0)
            #expect(try await client.remove("k", ifEquals: "3") == false)
            #expect(try await client.remove("k", ifEquals: "4"))
            #expect(try await client.send(["EXISTS", "k"]) == .integer(0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await client.update("sum", attempts: 1_000) { old in
                            RedisBytes("\((old?.text.flatMap { Int($0) } ?? 0) + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try server.command("GET", "sum") == "20")
            #expect(try await client.update("sum") { _ in nil } == nil)
            #expect(try server.command("EXISTS", "sum") == "0")
            await client.close()
        }
    }
}
