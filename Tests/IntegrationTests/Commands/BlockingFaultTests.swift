import RedisCommands
import RedisTesting
import TestSupport
import Testing

extension RedisServer {
    /// How many clients are blocked.
    func blockedCount() throws -> Int? {
        try command("INFO", "clients").split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("blocked_clients:") }.flatMap { Int($0.dropFirst("blocked_clients:".count)) }
    }
}

@Suite("Commands that block, when something goes wrong", .tags(.server, .slow), .serialized, .timeLimit(.minutes(3)))
struct BlockingFaultTests {
    /// Waits until so many clients are blocked.
    private func waitForBlocked(_ count: Int, _ server: RedisServer) async throws {
        #expect(try await eventually { try server.blockedCount() == count })
    }

    @Test("lose no element of a BLMOVE that is cancelled, and have no reply of nothing for whoever is not cancelled")
    func cancelledMoves() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let count = isSoak ? 1_000 : 150
            let moved = Locked<[Int]>([])
            let uncertain = Locked(0)
            let isOver = Locked(false)
            let producer = Task {
                var number = 0
                while !isOver.withLock({ $0 }) {
                    try await client.send(["RPUSH", "from", number])
                    number += 1
                    for _ in 0..<20 { await Task.yield() }
                }
                return number
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    if index >= 12 { try await group.next() }
                    group.addTask {
                        let isCancelled = index % 3 > 0
                        let move = Task { try await client.send(["BLMOVE", "from", "to", "LEFT", "RIGHT", 0]) }
                        for _ in 0..<Int.random(in: 0..<300) { await Task.yield() }
                        if isCancelled { move.cancel() }
                        do {
                            let reply = try await move.joined
                            let number = try #require(reply.integer, "\(reply) instead of an element")
                            moved.withLock { $0.append(number) }
                        } catch let error as RedisError {
                            #expect(isCancelled && error.code == .cancelled, "\(error)")
                            if error.execution != .notExecuted { uncertain.withLock { $0 += 1 } }
                        }
                    }
                }
                try await group.waitForAll()
            }
            isOver.withLock { $0 = true }
            let pushed = try await producer.joined
            let there = try await client.send(["LRANGE", "to", 0, -1]).elements?.compactMap(\.integer) ?? []
            let left = try await client.send(["LRANGE", "from", 0, -1]).elements?.compactMap(\.integer) ?? []
            #expect((there + left).sorted() == Array(0..<pushed))
            #expect(uncertain.withLock { $0 } == 0)
            #expect(moved.withLock { $0.sorted() } == there.sorted())
            await client.close()
        }
    }

    @Test("give a link back only when no CLIENT UNBLOCK is on its way, which would end the next one's command")
    func lateUnblock() async throws {
        let isAsked = Locked(false)
        let mayAnswer = Locked(false)
        let commands = Locked<[String]>([])
        try await withScriptedServer { connection in
            do {
                var command = try connection.answerHandshake(protocolVersion: 3)
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    switch words[0] {
                    case "BLPOP":
                        commands.withLock { $0.append(words[1]) }
                        // The element comes when CLIENT UNBLOCK is on its way already.
                        if words[1] == "first" { _ = eventuallyBlocking { isAsked.withLock { $0 } } }
                        try connection.send("*2\r\n$1\r\nk\r\n$1\r\nv\r\n")
                    // Asked by a link that was not open yet.
                    case "CLIENT" where words[1] == "ID": try connection.send(":7\r\n")
                    case "CLIENT":
                        isAsked.withLock { $0 = true }
                        _ = eventuallyBlocking { mayAnswer.withLock { $0 } }
                        try connection.send(":0\r\n")
                    default: try connection.send("+OK\r\n")
                    }
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            var configuration = try scripted(url)
            configuration.commands.pool.maximum = 1
            let client = try RedisClient(configuration, loop: RedisEventLoop())
            let first = Task { try await client.send(["BLPOP", "first", 0]) }
            #expect(try await eventually { commands.withLock { $0 } == ["first"] })
            first.cancel()
            let second = Task { try await client.send(["BLPOP", "second", 0]) }
            #expect(try await eventually { client.poolStatistics.waiting == 1 })
            let isEarly = try await eventually(within: .milliseconds(300)) { commands.withLock { $0.count } > 1 }
            #expect(!isEarly)
            mayAnswer.withLock { $0 = true }
            // The element came all the same.
            #expect(try await first.joined == .array([.bulkString("k"), .bulkString("v")]))
            #expect(try await second.joined == .array([.bulkString("k"), .bulkString("v")]))
            #expect(commands.withLock { $0 } == ["first", "second"])
            await client.close()
        }
    }

    @Test("end with the cancellation of an XREAD, whose entries stay where they are")
    func cancelledRead() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let reading = Task { try await client.send(["XREAD", "BLOCK", 0, "STREAMS", "s", "$"]) }
            try await waitForBlocked(1, server)
            reading.cancel()
            let error = await failure { _ = try await reading.joined }
            #expect(error?.code == .cancelled)
            #expect(error?.execution == .notExecuted)
            #expect(client.poolStatistics.idle == 1)
            let next = Task { try await client.send(["XREAD", "BLOCK", 0, "STREAMS", "s", "$"]) }
            try await waitForBlocked(1, server)
            try await client.send(["XADD", "s", "*", "name", "value"])
            #expect(try await next.joined.pairs?.count == 1)
            await client.close()
        }
    }

    @Test("end with their link where the user may not unblock, and the link is not used again")
    func mayNotUnblock() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-client|unblock")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "limited", password: "pw")
            let client = try RedisClient(configuration, loop: RedisEventLoop())
            let popping = Task { try await client.send(["BLPOP", "list", 0]) }
            try await waitForBlocked(1, server)
            popping.cancel()
            let error = await failure { _ = try await popping.joined }
            #expect(error?.code == .cancelled)
            #expect(error?.execution == .unknown)
            #expect(client.poolStatistics.idle == 0)
            #expect(client.poolStatistics.lent == 0)
            try await waitForBlocked(0, server)
            try await client.send(["RPUSH", "list", "x"])
            #expect(try await client.send(["BLPOP", "list", 0]) == .array([.bulkString("list"), .bulkString("x")]))
            await client.close()
        }
    }

    @Test("end with their link on a server that does nothing, after two seconds", .tags(.timing))
    func pausedServer() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let popping = Task { try await client.send(["BLPOP", "list", 0]) }
            try await waitForBlocked(1, server)
            try server.pause()
            let began = ContinuousClock.now
            popping.cancel()
            let error = await failure { _ = try await popping.joined }
            let took = began.duration(to: .now)
            try server.resume()
            #expect(error?.code == .cancelled)
            #expect(error?.execution == .unknown)
            #expect(took >= .seconds(1.9))
            #expect(took < .seconds(10))
            #expect(client.poolStatistics.idle == 0)
            #expect(client.poolStatistics.lent == 0)
            try await client.send(["RPUSH", "list", "x"])
            // The link of the first one is closed, so that its BLPOP takes nothing any more.
            #expect(try await client.send(["BLPOP", "list", 0], timeout: .seconds(5)).elements?.count == 2)
            await client.close()
        }
    }

    @Test("are unknown when their link is lost, and only those that read are tried again")
    func lostLink() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commands.retry.limit = .readOnly
            let client = try RedisClient(configuration, loop: RedisEventLoop())
            try await client.send(["PING"])
            let popping = Task { try await client.send(["BLPOP", "list", 0]) }
            let reading = Task { try await client.send(["XREAD", "BLOCK", 0, "STREAMS", "s", "0"]) }
            try await waitForBlocked(2, server)
            try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            let error = await failure { _ = try await popping.joined }
            #expect(error?.code == .connectionLost)
            #expect(error?.execution == .unknown)
            try await waitForBlocked(1, server)
            try await client.send(["RPUSH", "list", "x"])
            try await client.send(["XADD", "s", "*", "name", "value"])
            #expect(try await reading.joined.pairs?.count == 1)
            #expect(try server.command("LLEN", "list") == "1")
            await client.close()
        }
    }

    @Test("end with the client, also over links that are lent")
    func closedClient() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let popping = Task { try await client.send(["BLPOP", "list", 0]) }
            let lent = Task { try await client.withLink { link in try await link.send(["BLPOP", "list", 0]) } }
            try await waitForBlocked(2, server)
            await client.close()
            for task in [popping, lent] {
                let error = await failure { _ = try await task.joined }
                #expect(error?.code == .closed)
                #expect(error?.execution == .unknown)
            }
            try await waitForBlocked(0, server)
        }
    }

    @Test("are cut with the other links of the client")
    func cutClient() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(), loop: RedisEventLoop())
            let popping = Task { try await client.send(["BLPOP", "list", 0]) }
            try await waitForBlocked(1, server)
            await client.cut()
            let error = await failure { _ = try await popping.joined }
            #expect(error?.code == .connectionLost)
            await client.close()
        }
    }
}
