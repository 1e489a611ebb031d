import RedisCommands
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("An observer of commands", .tags(.server), .timeLimit(.minutes(1)))
struct CommandObserverTests {
    private func withClient(
        _ observer: RecordingCommandObserver,
        _ change: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (RedisClient, RedisServer) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commandObserver = observer
            change(&configuration)
            let client = try RedisClient(configuration)
            do { try await body(client, server) } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    @Test("gets the name, the size, the server and the times of a command, and once its end")
    func single() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, server in
            try await client.send(["set", "k", "v"])
            let ended = try #require(observer.ended.first)
            #expect(observer.ended.count == 1)
            #expect(ended.token == 1)
            #expect(ended.operation == observer.all.began.first)
            #expect(ended.operation.kind == .command)
            #expect(ended.operation.name == "SET")
            #expect(ended.operation.effect == .lastWriteWins)
            #expect(ended.operation.byteCount == "*3\r\n$3\r\nset\r\n$1\r\nk\r\n$1\r\nv\r\n".utf8.count)
            #expect(ended.operation.keys == [])
            #expect(!ended.operation.isBlocking)
            #expect(ended.outcome.error == nil)
            #expect(ended.outcome.attempts == 1)
            let endpoint = try server.configuration().endpoint
            #expect(ended.outcome.node == endpoint)
            let (queue, wire) = (try #require(ended.outcome.queueTime), try #require(ended.outcome.wireTime))
            #expect(queue >= .zero && wire > .zero && queue + wire <= ended.outcome.duration)
        }
    }

    @Test("gets names of a closed set")
    func names() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, _ in
            for command in [
                ["get", "k"], ["CONFIG", "get", "maxmemory"], ["client", "LIST"], ["CONFIG", "secret"], ["SECRET"],
                ["AUTH", "secret"], ["BLPOP", "k", "0.01"],
            ] as [RedisCommand] { _ = try? await client.send(command) }
        }
        #expect(
            observer.ended.map(\.operation.name) == [
                "GET", "CONFIG GET", "CLIENT LIST", "CONFIG", "_OTHER", "AUTH", "BLPOP",
            ]
        )
        #expect(observer.ended[1].operation.firstWord == "CONFIG")
        #expect(observer.ended.map(\.operation.isBlocking) == [false, false, false, false, false, false, true])
    }

    @Test("gets no value of a command, and keys only when it asks", arguments: [true, false])
    func secrets(_ wantsKeys: Bool) async throws {
        let observer = RecordingCommandObserver(wantsKeys: wantsKeys)
        try await withClient(observer) { client, _ in
            for command in [
                ["SET", "the-key", "hunter2"], ["AUTH", "hunter2"], ["AUTH", "u", "hunter2"],
                ["CONFIG", "SET", "maxmemory-policy", "hunter2"], ["ACL", "SETUSER", "u", ">hunter2"],
                ["hunter2", "hunter2"], ["EVAL", "return 'hunter2'", "1", "the-key", "hunter2"],
            ] as [RedisCommand] { _ = try? await client.send(command) }
            _ = try await client.pipeline(named: "p") {
                $0.append(RedisCommand(["SET", "k", "hunter2"]))
                $0.append(RedisCommand(["LPUSH", "k", "hunter2"]))
            }
        }
        #expect(observer.ended.count == 8)
        // An unknown command's error repeats its arguments: `error` holds it for the caller, and no word of it is a
        // label.
        let words = observer.ended.compactMap(\.outcome.errorType)
        #expect(words == ["invalidCommand", "invalidCommand", "ERR", "ERR", "WRONGTYPE"])
        #expect(!observer.ended.map { "\($0.operation)" }.joined().contains("hunter2"))
        let keys = observer.ended.map(\.operation.keys)
        #expect(keys[0] == (wantsKeys ? ["the-key"] : []))
        #expect(keys[6] == (wantsKeys ? ["the-key"] : []))
        #expect(Array(keys[1...5]) == [[], [], [], [], []])
    }

    @Test("gets the server's error word, and `_OTHER` for one that a script made up")
    func errors() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, _ in
            try await client.send(["SET", "k", "v"])
            _ = try? await client.send(["LPUSH", "k", "x"])
            _ = try? await client.send(["EVAL", "return redis.error_reply('HUNTER2 is it')", "0"])
            // Time enough to be written, also on a busy machine, and not enough for the reply.
            _ = try? await client.send(["DEBUG", "SLEEP", "2"], timeout: .seconds(1))
        }
        #expect(observer.ended.map(\.outcome.statusCode) == [nil, "WRONGTYPE", "_OTHER", nil])
        #expect(observer.ended.map(\.outcome.errorType) == [nil, "WRONGTYPE", "_OTHER", "timedOut"])
        #expect(observer.ended.last?.outcome.error?.execution == .unknown)
    }

    @Test("gets a batch and a transaction as one operation, with the first command that failed")
    func batches() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, _ in
            try await client.send(["SET", "text", "v"])
            _ = try await client.send(.get("a"), .get("b"))
            _ = try await client.pipeline(named: "mixed") {
                $0.append(RedisCommand(["SET", "a", "1"]))
                $0.append(RedisCommand(["GET", "a"]))
                $0.append(RedisCommand(["LPUSH", "text", "x"]))
                $0.append(RedisCommand(["LPUSH", "text", "x"]))
            }
            _ = try await client.pipeline(named: "atomic", atomically: true) {
                $0.append(RedisCommand(["incr", "n"]))
                $0.append(RedisCommand(["INCR", "text"]))
            }
            var batch = RedisBatch()
            for _ in 0..<3 { batch.append(RedisCommand(["LPUSH", "text", "x"])) }
            _ = try await client.send(discardingReplies: batch)
            _ = try await client.send(RedisBatch())
        }
        let ended = observer.ended.dropFirst()
        #expect(ended.map(\.operation.name) == ["PIPELINE GET", "PIPELINE", "MULTI INCR", "PIPELINE LPUSH"])
        #expect(ended.map(\.operation.kind) == [.batch, .batch, .transaction, .batch])
        #expect(ended.map(\.operation.pipelineName) == [nil, "mixed", "atomic", nil])
        #expect(ended.map(\.operation.commandCount) == [2, 4, 2, 3])
        #expect(ended.map(\.outcome.failedIndex) == [nil, 2, 1, 0])
        #expect(ended.map(\.outcome.errorCount) == [0, 2, 1, 3])
        #expect(ended.map(\.outcome.statusCode) == [nil, "WRONGTYPE", "ERR", "WRONGTYPE"])
    }

    @Test("gets what a transaction that watches sends, each at its time")
    func watching() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, _ in
            try await client.transaction(watching: ["k"]) { transaction in
                _ = try await transaction.send(.get("k", as: Int.self))
                _ = try await transaction.commit(.set("k", 1), .get("k"))
            }
        }
        #expect(observer.ended.map(\.operation.name) == ["WATCH", "GET", "MULTI"])
    }

    @Test("gets the calls of plain threads, too")
    func threads() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, _ in
            try await onThread { try client.blocking.send(["SET", "k", "v"]) }
        }
        #expect(observer.ended.map(\.operation.name) == ["SET"])
    }

    @Test("gets the state of the pool at each change, and at the end that nothing is left")
    func pool() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer, { $0.commands.pool.maximum = 2 }) { client, _ in
            try await client.withLink { first in
                try await first.send(["PING"])
                try await client.withLink { second in
                    try await second.send(["PING"])
                    #expect(observer.all.pool.last == pool(lent: 2, idle: 0, waiting: 0))
                    let error = await #expect(throws: RedisError.self) {
                        try await client.withLink(timeout: .milliseconds(30)) { _ in }
                    }
                    #expect(error?.code == .timedOut)
                    #expect(observer.all.pool.contains(pool(lent: 2, idle: 0, waiting: 1)))
                    #expect(observer.all.pool.last == pool(lent: 2, idle: 0, waiting: 0))
                }
                #expect(observer.all.pool.last == pool(lent: 1, idle: 1, waiting: 0))
            }
            #expect(observer.all.pool.last == pool(lent: 0, idle: 2, waiting: 0))
            #expect(observer.all.lent.map { $0?.code } == [nil, nil, .timedOut])
        }
        #expect(observer.all.pool.last == pool(lent: 0, idle: 0, waiting: 0))
    }

    @Test("gets when links open and why they end")
    func links() async throws {
        let observer = RecordingCommandObserver()
        try await withClient(observer) { client, server in
            try await client.send(["PING"])
            await client.cut()
            let isBack = try await eventually {
                (try? await client.send(["PING"])) != nil && observer.all.opened.count == 2
            }
            #expect(isBack)
            let endpoint = try server.configuration().endpoint
            #expect(observer.all.opened == [endpoint, endpoint])
            #expect(observer.all.closed.count == 1)
        }
        #expect(observer.all.closed.count == 2)
        #expect(observer.all.closed.last == "closed")
    }

    @Test("gets how often a command was sent")
    func attempts() async throws {
        let observer = RecordingCommandObserver()
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("-LOADING not yet\r\n")
            try connection.expectCommand("GET", "k")
            try connection.send("$1\r\nv\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try scripted(url)
            configuration.commandObserver = observer
            let client = try RedisClient(configuration)
            #expect(try await client.send(["GET", "k"]) == .bulkString("v"))
            await client.close()
        }
        #expect(observer.ended.map(\.outcome.attempts) == [2])
        #expect(observer.ended.first?.outcome.error == nil)
    }

    @Test("works in a group, which ends in the opposite order")
    func group() async throws {
        let (first, second) = (RecordingCommandObserver(), RecordingCommandObserver())
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.commandObserver = RedisCommandObservers(first, second)
            let client = try RedisClient(configuration)
            try await client.send(["PING"])
            await client.close()
        }
        for observer in [first, second] {
            #expect(observer.ended.map(\.token) == [1])
            #expect(observer.all.opened.count == 1 && observer.all.closed == ["closed"])
        }
    }

    @Test("a client that is drained answers what is on its way before it closes")
    func drain() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            try await client.send(["PING"])
            let slow = Task { try await client.send(["DEBUG", "SLEEP", "2"]) }
            let began = try await eventually { await client.statistics.commands == 1 }
            #expect(began)
            let isDrained = await client.drain(deadline: .seconds(20))
            let reply = try await slow.joined
            #expect(isDrained && reply == .simpleString("OK"))
            await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
            let hurried = try RedisClient(server.configuration())
            let lost = Task { try await hurried.send(["DEBUG", "SLEEP", "2"]) }
            let hurriedBegan = try await eventually { await hurried.statistics.commands == 1 }
            #expect(hurriedBegan)
            let isHurriedDrained = await hurried.drain(deadline: .milliseconds(50))
            #expect(!isHurriedDrained)
            await #expect(throws: RedisError.self) { try await lost.joined }
        }
    }

    private func pool(lent: Int, idle: Int, waiting: Int) -> RedisPoolState {
        RedisPoolState(lent: lent, idle: idle, waiting: waiting, maximum: 2)
    }
}

@Suite("An observer of a cluster's commands", .tags(.cluster), .timeLimit(.minutes(2)))
struct ClusterCommandObserverTests {
    @Test("gets the node that has replied, and the times there")
    func nodes() async throws {
        let observer = RecordingCommandObserver()
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            var configuration = cluster.seed()
            configuration.commandObserver = observer
            let client = try RedisClient(configuration)
            for slot in [1, 8000, 16000] {
                try await client.send(["SET", RedisBytes(cluster.name(inSlot: slot)), "v"])
            }
            let ports = Set(observer.ended.compactMap(\.outcome.node?.description))
            #expect(ports.count == 3)
            #expect(observer.ended.allSatisfy { $0.outcome.wireTime != nil && $0.outcome.queueTime != nil })
            #expect(observer.all.opened.count == 3)
            await client.close()
        }
        #expect(try await eventually { observer.all.closed == ["closed", "closed", "closed"] })
    }
}
