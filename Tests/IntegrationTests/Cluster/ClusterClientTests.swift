import RedisCommands
import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The client on a cluster", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct ClusterClientTests {
    @Test("sends each command to the node of its keys, on every release", arguments: ServerRelease.withClusters)
    func routes(_ release: ServerRelease) async throws {
        try await withClusterClient(release) { cluster, client in
            // Pipelined, over slots of all nodes.
            let names = stride(from: 0, to: RedisCluster.slotCount, by: 61).map {
                cluster.name(inSlot: $0, prefix: "key-")
            }
            let written = try names.map { try client.enqueue(["SET", RedisBytes($0), RedisBytes("value of \($0)")]) }
            for answer in written { #expect(try await answer.value().text == "OK") }
            for name in names {
                #expect(try await client.send(["GET", RedisBytes(name)]).text == "value of \(name)")
            }
            #expect(try cluster.primaries().map { try $0.command("DBSIZE") }.allSatisfy { Int($0) ?? 0 > 50 })
            // Nothing was redirected: the servers count refusals.
            for node in try cluster.primaries() {
                #expect(try node.command("INFO", "errorstats").contains("MOVED") == false)
            }
            let name = RedisBytes(names[5])
            #expect(try await client.compareAndSet(name, "value of \(names[5])", "new"))
            #expect(try await client.remove(name, ifEquals: "old") == false)
            #expect(try await client.remove(name, ifEquals: "new"))
            let error = await #expect(throws: RedisError.self) { try await client.send(["SINTER", "a", "b"]) }
            #expect(error?.code == .invalidCommand)
            #expect(error?.message == "SINTER: the keys belong to several slots")
            let refused = await #expect(throws: RedisError.self) { try await client.send(["MULTI"]) }
            #expect(refused?.code == .invalidCommand)
            #expect(refused?.message.hasPrefix("MULTI: ") == true)
            #expect(try await client.send(["MGET", "{a}1", "{a}2"]) == .array([.null, .null]))
            #expect(try await client.ping("hi") == "hi")
            #expect(
                try await client.send(["EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", "1", "a", "x"]).text
                    == "OK"
            )
            #expect(try await client.send(["GET", "a"]).text == "x")
            let blocking = try await Task.detached { try Self.blocking(client) }.joined
            #expect(blocking.text == "x")
        }
    }

    private nonisolated static func blocking(_ client: RedisClient) throws -> RESPValue {
        try client.blocking.send(["GET", "a"], timeout: .seconds(5))
    }

    @Test("knows the keys of each command as the servers do", arguments: ServerRelease.withClusters)
    func table(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            var compared = 0
            for (name, rule) in KeyTable.rules {
                let reply = try await client.send(["COMMAND", "INFO", RedisBytes(name)])
                guard let info = reply.elements?.first, let told = KeyRule(info: info) else { continue }
                compared += 1
                switch rule {
                case .none, .range:
                    // SORT_RO has patterns that may name keys of any slot.
                    if told != .asked { #expect(told == rule, "\(name)") } else { #expect(name == "SORT_RO") }
                case .counted, .streams, .storing:
                    #expect(told == .asked, "\(name)")
                case .subcommands(let rules):
                    guard case .subcommands(let told) = told else {
                        Issue.record("\(name): \(told)")
                        continue
                    }
                    #expect(told == rules, "\(name)")
                case .asked:
                    break
                }
            }
            #expect(compared > 200)
            await client.close()
        }
    }

    @Test("asks a node for the keys of commands that it does not know")
    func unknownCommands() async throws {
        try await withClusterClient { cluster, client in
            #expect(CommandTarget(["MIGRATE"]) == .unknown && CommandTarget(["MOVE"]) == .unknown)
            let name = RedisBytes(cluster.name(inSlot: 9000))
            let absent = RedisBytes("{\(name)}none")
            try await client.send(["SET", name, "x"])
            // MOVE has its key in front, MIGRATE where the server says.
            for _ in 0..<3 {
                let error = await #expect(throws: RedisError.self) { try await client.send(["MOVE", name, "1"]) }
                #expect(error?.message == "ERR MOVE is not allowed in cluster mode")
                let reply = try await client.send(["MIGRATE", "127.0.0.1", "1", "", "0", "10", "KEYS", absent])
                #expect(reply.text == "NOKEY")
            }
            func calls(_ command: String) throws -> Int {
                try cluster.nodes.reduce(0) { sum, node in
                    let line = try node.command("INFO", "commandstats").split(whereSeparator: \.isNewline)
                        .first { $0.hasPrefix("cmdstat_\(command):calls=") }
                    return sum + (line.flatMap { Int($0.split(separator: "=")[1].prefix { $0.isNumber }) } ?? 0)
                }
            }
            #expect(try calls("command|info") == 2)
            #expect(try calls("command|getkeys") == 3)
            #expect(try calls("move") == 3)
            let nobody = await #expect(throws: RedisError.self) { try await client.send(["NOSUCH", "secret"]) }
            #expect(nobody?.message == "ERR unknown command 'NOSUCH'")
        }
    }

    @Test("follows a slot that has moved, and keys of one that is moving", arguments: ServerRelease.withClusters)
    func moves(_ release: ServerRelease) async throws {
        try await withClusterClient(release) { cluster, client in
            let name = RedisBytes(cluster.name(inSlot: 77))
            let other = RedisBytes("{\(name)}other")
            try await client.send(["SET", name, "0"])
            let source = try cluster.primary(ofSlot: 77)
            let target = try #require(try cluster.primaries().first { $0 != source })
            try await cluster.perform { try $0.moveSlot(77, to: target) }
            #expect(try await client.send(["INCR", name]) == .integer(1))
            #expect(try target.command("GET", "\(name)") == "1")
            // Back, step by step: the key is at the new place, the slot still at the old one.
            try await cluster.perform { cluster in
                try cluster.beginMove(77, to: source)
                try cluster.moveKeys(77, to: source)
            }
            #expect(try await client.send(["INCR", name]) == .integer(2))
            #expect(try source.command("INFO", "commandstats").contains("cmdstat_asking:calls=1,"))
            // One is here and one is there: wait until the slot has moved.
            let both = try client.enqueue(["MGET", name, other])
            let late = await #expect(throws: RedisError.self) {
                try await client.send(["MGET", name, other], timeout: .seconds(1))
            }
            #expect(late?.code == .timedOut)
            #expect((late?.underlyingError as? RedisError)?.serverPrefix == "TRYAGAIN")
            try await cluster.perform { try $0.finishMove(77, to: source) }
            #expect(try await both.value() == .array([.bulkString("2"), .null]))
            #expect(try source.command("GET", "\(name)") == "2")
        }
    }

    @Test("keeps the order of one caller's commands to a slot")
    func order() async throws {
        try await withClusterClient { cluster, client in
            let names = [1, 6000, 12000].map { RedisBytes(cluster.name(inSlot: $0)) }
            var answers: [Promise<RESPValue>] = []
            for number in 1...2000 {
                for name in names { answers.append(try client.enqueue(["RPUSH", name, RedisBytes("\(number)")])) }
            }
            for (index, answer) in answers.enumerated() {
                #expect(try await answer.value() == .integer(index / 3 + 1))
            }
            let list = try await client.send(["LRANGE", names[1], "0", "-1"]).elements?.compactMap(\.integer)
            #expect(list == Array(1...2000))
        }
    }

    @Test("closes the links that nobody uses, and leaves nothing after close")
    func nothingLeft() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let before = ResourceCount.openFileDescriptors()
            let client = try RedisClient(cluster.seed(), loop: nil, linger: .milliseconds(300))
            func links() throws -> [Int] {
                try cluster.nodes.map { node in
                    try node.command("CLIENT", "LIST", "TYPE", "normal").split(separator: "\n")
                        .count { !$0.contains("cmd=client") }
                }
            }
            // On a busy machine the first of them may have lingered before the last is looked at.
            #expect(
                try await eventually {
                    _ = try await client.pubsubNumPat()
                    return try links() == [1, 1, 1, 1, 1, 1]
                }
            )
            #expect(try await eventually { try links() == [0, 0, 0, 0, 0, 0] })
            #expect(try await client.ping() == "PONG")
            // A write that no node executes, while they go on telling of their links.
            for node in cluster.nodes { try node.command("CLIENT", "PAUSE", "60000", "WRITE") }
            let blocked = try client.enqueue(["SET", "none", "x"])
            #expect(try await eventually { try links().reduce(0, +) >= 1 })
            await client.close()
            await client.close()
            let error = await #expect(throws: RedisError.self) { try await blocked.value() }
            for node in cluster.nodes { try node.command("CLIENT", "UNPAUSE") }
            #expect(error?.code == .closed)
            let closed = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(closed?.code == .closed)
            let query = await #expect(throws: RedisError.self) { try await client.pubsubNumPat() }
            #expect(query?.code == .closed)
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= before })
        }
    }
}
