import RedisCommands
import RedisTesting
import TestSupport
import Testing

@Suite("Transactions, when something goes wrong", .tags(.server), .timeLimit(.minutes(2)))
struct TransactionFaultTests {
    /// A server that takes transactions and closes the connection instead of replying to EXEC. Any other command has
    /// the reply OK.
    private func withoutReplyToExec(
        _ body: (RedisClient, _ commands: Locked<[String]>) async throws -> Void
    ) async throws {
        let commands = Locked<[String]>([])
        try await withScriptedServer { connection in
            do {
                var command = try connection.answerHandshake(protocolVersion: 3)
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    commands.withLock { $0.append(words.joined(separator: " ")) }
                    if words[0] == "EXEC" { return }
                    try connection.send("+\(words[0] == "INCR" ? "QUEUED" : "OK")\r\n")
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            var configuration = try scripted(url)
            configuration.commands.retry.limit = .lastWriteWins
            let client = try RedisClient(configuration)
            try await body(client, commands)
            await client.close()
        }
    }

    @Test("are unknown when the link is lost between EXEC and its reply, and never sent again")
    func lostReply() async throws {
        try await withoutReplyToExec { client, commands in
            let error = await failure { _ = try await client.atomically { $0.append(["INCR", "a"]) } }
            #expect(error?.code == .connectionLost)
            #expect(error?.execution == .unknown)
            try await client.send(["PING"])
            #expect(commands.withLock { $0 } == ["MULTI", "INCR a", "EXEC", "PING"])
        }
    }

    @Test("that watch are unknown then as well, and their body is not called again")
    func lostReplyOfCommit() async throws {
        try await withoutReplyToExec { client, commands in
            let calls = Locked(0)
            let error = await failure {
                try await client.transaction(watching: ["k"]) { transaction in
                    calls.withLock { $0 += 1 }
                    _ = try await transaction.commit { $0.append(["INCR", "a"]) }
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.execution == .unknown)
            #expect(calls.withLock { $0 } == 1)
            try await client.send(["PING"])
            #expect(commands.withLock { $0 } == ["WATCH k", "MULTI", "INCR a", "EXEC", "PING"])
        }
    }

    @Test("do not count as not executed where the user may not send MULTI, so that the commands ran one by one")
    func withoutMulti() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-multi")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "limited", password: "pw")
            let client = try RedisClient(configuration)
            let error = await failure { _ = try await client.atomically { $0.append(["INCR", "sum"]) } }
            #expect(error?.code == .notPermitted)
            #expect(error?.execution == .executed)
            #expect(try server.command("GET", "sum") == "1")
            let committed = await failure {
                try await client.transaction(watching: ["k"]) { transaction in
                    _ = try await transaction.commit { $0.append(["INCR", "sum"]) }
                }
            }
            #expect(committed?.execution == .executed)
            #expect(try server.command("GET", "sum") == "2")
            await client.close()
        }
    }

    @Test("are not run again because of an error after their commit")
    func errorAfterCommit() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            for code in [RedisError.Code.conflict, .connectionLost] {
                let error = await failure {
                    try await client.transaction(watching: ["k"]) { transaction in
                        _ = try await transaction.commit { $0.append(["INCR", "sum"]) }
                        throw RedisError(code, "of something else").with(.notExecuted)
                    }
                }
                #expect(error?.code == code)
            }
            #expect(try server.command("GET", "sum") == "2")
            await client.close()
        }
    }

    @Test("are of no use after their time")
    func escaped() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let kept = try await client.transaction(watching: ["k"]) { $0 }
            let error = await failure { _ = try await kept.commit { $0.append(["INCR", "sum"]) } }
            #expect(error?.code == .closed)
            #expect(error?.execution == .notExecuted)
            #expect(try server.command("EXISTS", "sum") == "0")
            await client.close()
        }
    }

    @Test("leave no watched key behind by an EXEC without MULTI")
    func execWithoutMulti() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commands.pool.maximum = 1
            let client = try RedisClient(configuration)
            try await client.withLink { link in
                try await link.send(["WATCH", "k"])
                let error = await failure { try await link.send(["EXEC"]) }
                #expect(error?.serverMessage == "ERR EXEC without MULTI")
            }
            #expect(client.poolStatistics.idle == 0)
            try await client.withLink { link in try await link.send(["PING"]) }
            #expect(client.poolStatistics.idle == 1)
            await client.close()
        }
    }

    @Test("use the same link one after the other")
    func reuse() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            for number in 0..<200 {
                try await client.transaction(watching: ["k"]) { transaction in
                    _ = try await transaction.commit { $0.append(["SET", "k", number]) }
                }
                #expect(client.poolStatistics.idle == 1, "after \(number)")
            }
            await client.close()
        }
    }
}
