import RedisCommands
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("Commands that are sent again", .tags(.server, .slow), .timeLimit(.minutes(2)))
struct RepeatedCommandTests {
    /// A server that closes its first connection after the first command, and replies to the others as it is told.
    private func withLoss(
        replies: String,
        _ change: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (RedisClient, _ count: Locked<Int>) async throws -> Void
    ) async throws {
        let count = Locked(0)
        try await withScriptedServer { connection in
            do {
                _ = try connection.answerHandshake(protocolVersion: 3)
                while true {
                    count.withLock { $0 += 1 }
                    if connection.index == 0 { return }
                    try connection.send(replies)
                    _ = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            var configuration = try scripted(url)
            configuration.commands.retry.limit = .lastWriteWins
            configuration.reconnect.minimumDelay = .milliseconds(1)
            configuration.reconnect.maximumDelay = .milliseconds(2)
            change(&configuration)
            let client = try RedisClient(configuration)
            try await body(client, count)
            await client.close()
        }
    }

    @Test("stay unknown when their task is cancelled between two attempts")
    func cancelled() async throws {
        try await withLoss(replies: "+OK\r\n") {
            $0.commands.retry.minimumPause = .seconds(1000)
            $0.commands.retry.maximumPause = .seconds(1000)
            $0.commands.timeout = nil
        } _: { client, count async throws in
            let setting = Task { try await client.send(["SET", "k", "v"]) }
            #expect(try await eventually { count.withLock { $0 } == 1 })
            // The pause begins when the loss was noticed.
            #expect(try await eventually { await client.statistics.commands == 0 })
            setting.cancel()
            let error = await failure { _ = try await setting.joined }
            #expect(error?.execution == .unknown)
        }
    }

    @Test("stay unknown when later attempts did not run, singly and in batches", arguments: [false, true])
    func refusedLater(_ isBatch: Bool) async throws {
        try await withLoss(replies: "-LOADING no\r\n") {
            $0.commands.timeout = nil
            $0.commands.retry.maximumPause = .milliseconds(8)
        } _: { client, count async throws in
            let sending = Task { () async throws -> Void in
                guard isBatch else {
                    try await client.send(["SET", "k", "v"])
                    return
                }
                var batch = RedisBatch()
                batch.append(["SET", "k", "v"])
                _ = try await client.send(batch)[0].get()
            }
            // The first one was lost, and the others are refused.
            #expect(try await eventually { count.withLock { $0 } >= 4 })
            sending.cancel()
            let error = await failure { try await sending.joined }
            #expect(error?.execution == .unknown)
        }
    }

    @Test("succeed where the policy admits it")
    func admitted() async throws {
        try await withLoss(replies: "+OK\r\n") { client, count async throws in
            #expect(try await client.send(["SET", "k", "v"]) == .simpleString("OK"))
            #expect(count.withLock { $0 } == 2)
        }
        try await withLoss(replies: ":1\r\n") { client, count async throws in
            let error = await failure { _ = try await client.send(["INCR", "k"]) }
            #expect(error?.execution == .unknown)
            // Comparing is not tried again either: the second time would find what the first has set.
            #expect(count.withLock { $0 } == 1)
        }
        try await withLoss(replies: "_\r\n") { client, count async throws in
            let error = await failure { _ = try await client.compareAndSet("k", nil, "v") }
            #expect(error?.code == .connectionLost)
            #expect(error?.execution == .unknown)
            #expect(count.withLock { $0 } == 1)
        }
    }

    @Test(
        "run once when a script returns an error of its own that begins like a refusal",
        arguments: [
            "BUSY try later", "NOSCRIPT in this scene", "TRYAGAIN soon", "LOADING cargo", "CLUSTERDOWN it is",
            "ERR account disabled",
        ]
    )
    func wordsOfScript(_ words: String) async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let text = "redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])"
            let script = RedisScript(text, effect: .accumulating)
            let error = await failure { _ = try await client.run(script, keys: ["k"], arguments: [words]) }
            #expect(error?.serverMessage == words)
            #expect(error?.execution == .unknown)
            #expect(try server.command("GET", "k") == "1")
            let ofLink = await failure {
                _ = try await client.withLink { link in
                    try await link.run(script, keys: ["k"], arguments: [words], timeout: nil)
                }
            }
            #expect(ofLink?.execution == .unknown)
            var batch = RedisBatch()
            batch.append(script, keys: ["k"], arguments: [words])
            let results = try await client.send(batch)
            #expect(results.firstError?.error.execution == .unknown)
            #expect(try server.command("GET", "k") == "3")
            await client.close()
        }
    }

    @Test("run by their digests whenever the server has forgotten them, also within a batch")
    func forgottenScripts() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let add = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
            for number in 1...3 {
                #expect(try await client.run(add, keys: ["sum"], arguments: [1]) == .integer(number))
                try server.command("SCRIPT", "FLUSH")
            }
            var batch = RedisBatch()
            for round in 0..<3 {
                batch.append(add, keys: ["sum"], arguments: [1])
                if round < 2 { batch.append(["SCRIPT", "FLUSH"]) }
            }
            for round in 1...3 {
                #expect(try await client.send(batch).get().count == 5)
                #expect(try server.command("GET", "sum") == "\(3 + 3 * round)")
                try server.command("SCRIPT", "FLUSH")
            }
            // A script in a transaction: the first one brings its text along.
            let results = try await client.atomically {
                $0.append(add, keys: ["sum"], arguments: [1])
                $0.append(add, keys: ["sum"], arguments: [1])
            }
            #expect(try results.get() == [.integer(13), .integer(14)])
            await client.close()
        }
    }

    @Test("of a batch end with its task, also those for which there was no room yet")
    func cancelledBatch() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            try await client.send(["PING"])
            try server.pause()
            var batch = RedisBatch()
            for number in 0..<40_000 { batch.append(["RPUSH", "list", number]) }
            let sending = Task { [batch] in try await client.send(batch, timeout: nil) }
            #expect(try await eventually { await client.statistics.suspended == 3 })
            sending.cancel()
            let results = try await sending.joined
            try server.resume()
            let outcomes = results.map { result -> RedisExecution? in
                if case .failure(let error) = result { error.execution } else { nil }
            }
            #expect(outcomes.prefix(16_384).allSatisfy { $0 == .unknown })
            #expect(outcomes.dropFirst(16_384).allSatisfy { $0 == .notExecuted })
            #expect(try await client.send(["LLEN", "list"]) == .integer(16_384))
            await client.close()
        }
    }
}
