import RedisCommands
import RedisTesting
import TestSupport
import Testing

@Suite("Commands that are sent together", .tags(.server, .slow), .timeLimit(.minutes(2)))
struct BatchCommandTests {
    @Test("have their own results in their order, typed where the request is", arguments: bothProtocols)
    func results(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(version))
            var batch = RedisBatch()
            batch.append(["SET", "a", 1])
            let incremented = batch.append(RedisRequest<Int>(["INCR", "a"]))
            batch.append(["LPUSH", "a", "x"])
            let text = batch.append(RedisRequest<String?>(["GET", "a"]))
            let missing = batch.append(RedisRequest<String?>(["GET", "none"]))
            let results = try await client.send(batch)
            #expect(results.count == 5)
            #expect(results.chunkCount == 1)
            #expect(try results[incremented].get() == 2)
            #expect(try results[text].get() == "2")
            #expect(try results[missing].get() == nil)
            let error = #expect(throws: RedisError.self) { try results[2].get() }
            #expect(error?.serverPrefix == "WRONGTYPE")
            #expect(error?.execution == .notExecuted)
            #expect(results.firstError?.index == 2)
            let (first, second) = try await client.send(
                RedisRequest<Int>(["INCR", "b"]),
                RedisRequest<String>(["PING"])
            )
            #expect(try first.get() == 1)
            #expect(try second.get() == "PONG")
            #expect(try await client.send(RedisBatch()).isEmpty)
            await client.close()
        }
    }

    @Test("of a large batch go in several writes, and each has its reply")
    func chunks() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            var batch = RedisBatch()
            for number in 0..<20_000 { batch.append(["ECHO", number]) }
            let results = try await client.send(batch)
            #expect(results.chunkCount == 3)
            let replies = try results.get()
            #expect(replies.count == 20_000)
            #expect(replies.enumerated().allSatisfy { $1 == .bulkString(RedisBytes("\($0)")) })
            await client.close()
        }
    }

    @Test("may be any number in bounded memory")
    func streamed() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let count = isSoak ? 1_000_000 : 100_000
            let tally = try await client.send(
                discardingReplies: (0..<count).lazy.map { number -> RedisCommand in
                    number == 50_000 ? ["LPUSH", "sum", "x"] : ["INCR", "sum"]
                },
                timeout: .seconds(60)
            )
            #expect(tally.successCount == count - 1)
            #expect(tally.errorCount == 1)
            #expect(tally.errors.map(\.index) == [50_000])
            #expect(tally.chunkCount == count / 1_000)
            #expect(try server.command("GET", "sum") == "\(count - 1)")
            // A thousand, and the next thousand before the room of the first is given back.
            #expect(await client.statistics.highestCommands <= 2_000)
            await client.close()
        }
    }

    @Test("are refused as a whole where one of them may not be sent, with its position")
    func refused() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            for command in [["WATCH", "k"], ["SUBSCRIBE", "c"], ["BLPOP", "k", "0"], [], [""]] as [RedisCommand] {
                var batch = RedisBatch()
                batch.append(["SET", "k", "v"])
                batch.append(command)
                let error = await #expect(throws: RedisError.self) { _ = try await client.send(batch) }
                #expect(error?.code == .invalidCommand)
                #expect(error?.execution == .notExecuted)
                #expect(error?.message.hasPrefix("command 1 of the batch") == true, "\(error?.message ?? "")")
            }
            #expect(try server.command("DBSIZE") == "0")
            await client.close()
        }
    }

    @Test(
        "say of each what became of it when the link is lost, and go on over the next where they wait for it",
        arguments: RedisCommandConfiguration.WhileDisconnected.allCases
    )
    func lost(_ whileDisconnected: RedisCommandConfiguration.WhileDisconnected) async throws {
        try await withRedisServer { server in
            let loop = try RedisEventLoop()
            var configuration = try server.configuration()
            configuration.commands.whileDisconnected = whileDisconnected
            let client = try RedisClient(configuration, loop: loop)
            try await client.send(["PING"])
            try server.pause()
            // The second command is more than the socket takes, so that the server cannot have read all of it.
            var batch = RedisBatch()
            for (number, size) in [1, 16 << 20, 1].enumerated() {
                batch.append(["SET", "key \(number)", String(repeating: "x", count: size)])
            }
            let sending = Task { [batch] in try await client.send(batch) }
            while await client.statistics.commands < 3 { await Task.yield() }
            // Two turns: one takes the commands, and writes at its end.
            await loop.endOfTurn()
            await loop.endOfTurn()
            await client.cut()
            try server.resume()
            let results = try await sending.joined
            await client.close()
            let outcomes = results.map { result -> RedisExecution? in
                if case .failure(let error) = result { return error.execution }
                return nil
            }
            let isKept = whileDisconnected == .wait
            #expect(outcomes == [.unknown] + (isKept ? [nil, nil] : [.notExecuted, .notExecuted]))
            #expect(try server.command("EXISTS", "key 1", "key 2") == (isKept ? "2" : "0"))
        }
    }
}
