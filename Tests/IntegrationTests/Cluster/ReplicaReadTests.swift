import RedisCommands
import RedisCore
import RedisTesting
import TestSupport
import Testing

@Suite("Reads from replicas", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct ReplicaReadTests {
    @Test("go to each replica, and not to the primary", arguments: bothProtocols)
    func served(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withClient(replicas: 2, version) { cluster, client in
            try await client.set("k", "v")
            try await client.set("other", 2)
            try await replicasHave(2, cluster)
            try resetCounts(cluster)
            for _ in 0..<100 {
                let value = try await client.replicas.get("k", as: String.self)
                #expect(value == "v")
            }
            let counts = try cluster.nodes.map { try calls("get", $0) }
            #expect(counts[0] == 0)
            #expect(counts[1] + counts[2] == 100)
            // Of two fair replicas each gets less than that once in ten million runs.
            #expect(min(counts[1], counts[2]) >= 24)
            #expect(try cluster.nodes.map { try calls("readonly", $0) } == [0, 1, 1])
            // Nothing was redirected.
            #expect(try cluster.nodes.allSatisfy { try !$0.command("INFO", "errorstats").contains("MOVED") })

            let values = try await client.replicas.send(["MGET", "k", "other"])
            #expect(values == .array([.bulkString("v"), .bulkString("2")]))
            var keys: Set<RedisBytes> = []
            for try await key in client.replicas.scan() { keys.insert(key) }
            #expect(keys == ["k", "other"])
            #expect(try await client.replicas.dbsize() == 2)
            #expect(try ["mget", "scan", "dbsize"].map { try calls($0, cluster.nodes[0]) } == [0, 0, 0])
        }
    }

    @Test("are refused by name if they may write, are not known, or block")
    func refused() async throws {
        try await withClient(replicas: 1) { cluster, client in
            try await client.set("k", "v")
            let commands: [RedisCommand] = [
                ["SET", "k", "w"], ["GETDEL", "k"], ["EVAL", "return 1", 0], ["NOSUCH", "k"], ["MULTI"],
                ["XREAD", "BLOCK", 0, "STREAMS", "s", "$"],
            ]
            for command in commands {
                let error = await #expect(throws: RedisError.self) { try await client.replicas.send(command) }
                #expect(error?.code == .invalidCommand)
                #expect(error?.execution == .notExecuted)
                #expect(error?.message.hasPrefix("\(command.name): ") == true, "\(error?.message ?? "")")
            }
            for sender in try await client.replicas.keyHolders() {
                let error = await #expect(throws: RedisError.self) { try await sender.del("k") }
                #expect(error?.code == .invalidCommand)
            }
            #expect(try await client.get("k", as: String.self) == "v")
        }
    }

    @Test("do not fail when replicas are killed, and go to the primary when none is left")
    func killed() async throws {
        try await withClient(replicas: 2) { cluster, client in
            try await client.set("k", "v")
            try await replicasHave(1, cluster)
            let readers = Readers(client)
            #expect(try await readers.advance(by: 500))
            cluster.kill(cluster.nodes[1])
            #expect(try await readers.advance(by: 500))
            cluster.kill(cluster.nodes[2])
            #expect(try await readers.advance(by: 500))
            await readers.finish()
            #expect(readers.errors.isEmpty, "\(readers.errors)")
            #expect(try calls("get", cluster.nodes[0]) > 0)
            // A read without keys, too.
            #expect(try await client.replicas.send(["DBSIZE"], timeout: .seconds(5)) == .integer(1))

            try await cluster.perform { try $0.restart($0.nodes[1]) }
            let isBack = try await eventually(within: .seconds(30)) {
                let before = try calls("get", cluster.nodes[0])
                for _ in 0..<5 { _ = try await client.replicas.get("k") }
                return try calls("get", cluster.nodes[0]) == before
            }
            #expect(isBack)
        }
    }

    @Test("go to the primary if there is no replica")
    func alone() async throws {
        try await withClient(replicas: 0) { cluster, client in
            try await client.set("k", "v")
            #expect(try await client.replicas.get("k", as: String.self) == "v")
            #expect(try await client.replicas.keyHolders().count == 1)
            #expect(try calls("get", cluster.nodes[0]) == 1)
        }
    }

    @Test("ask for READONLY again when the link was lost", arguments: bothProtocols)
    func again(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withClient(replicas: 1, version) { cluster, client in
            let (primary, replica) = (cluster.nodes[0], cluster.nodes[1])
            try await client.set("k", "v")
            try await replicasHave(1, cluster)
            #expect(try await client.replicas.get("k", as: String.self) == "v")
            #expect(try calls("readonly", replica) == 1)
            try replica.command("CLIENT", "KILL", "TYPE", "normal")
            let isBack = try await eventually {
                let before = try calls("get", replica)
                _ = try await client.replicas.get("k")
                return try calls("get", replica) > before
            }
            #expect(isBack)
            #expect(try calls("readonly", replica) == 2)
            await client.cut()
            let before = try calls("get", primary)
            for _ in 0..<10 {
                let value = try await client.replicas.get("k", as: String.self)
                #expect(value == "v")
            }
            #expect(try calls("readonly", replica) == 3)
            #expect(try calls("get", primary) == before)
        }
    }

    @Test("go elsewhere when a replica has lost its primary")
    func cutOff() async throws {
        try await withClient(replicas: 2) { cluster, client in
            let replica = cluster.nodes[1]
            try await client.set("k", "v")
            try await replicasHave(1, cluster)
            _ = try await client.replicas.get("k")
            try replica.command("CONFIG", "SET", "replica-serve-stale-data", "no")
            try replica.command("CONFIG", "SET", "masterauth", "wrong")
            try replica.command("CLIENT", "KILL", "TYPE", "master")
            let before = try calls("get", replica)
            for _ in 0..<100 {
                let value = try await client.replicas.get("k", as: String.self)
                #expect(value == "v")
            }
            #expect(try calls("get", replica) == before)
            #expect(try replica.command("INFO", "errorstats").contains("MASTERDOWN"))
        }
    }

    @Test("go on through a failover, and then to the former primary")
    func failover() async throws {
        try await withClient(primaries: 3, replicas: 1, refresh: .milliseconds(500)) { cluster, client in
            let (former, replica) = (cluster.nodes[0], cluster.nodes[3])
            let key = RedisBytes(cluster.name(inSlot: 0))
            try await client.set(key, "v")
            try await replicasHave(1, cluster, of: [replica])
            let readers = Readers(client, key)
            #expect(try await readers.advance(by: 200))
            try await cluster.perform { try $0.failOver(to: replica) }
            #expect(try await readers.advance(by: 200))
            let isServed = try await eventually(within: .seconds(60)) {
                let before = try calls("get", former)
                _ = try await client.replicas.get(key)
                return try calls("get", former) > before
            }
            #expect(isServed)
            await readers.finish()
            #expect(readers.errors.isEmpty, "\(readers.errors)")
        }
    }

    @Test("go to a replica that the Sentinels know, and on a single server to that")
    func sentinels() async throws {
        try await withRedisSentinels(RedisSentinelOptions(replicas: 1)) { group in
            let client = try RedisClient(group.configuration())
            try await client.set("k", "v")
            #expect(try await eventually { try group.servers[1].command("DBSIZE") == "1" })
            #expect(try await client.replicas.get("k", as: String.self) == "v")
            #expect(try await client.replicas.role().isReplica)
            #expect(try await !client.role().isReplica)
            let error = await #expect(throws: RedisError.self) { try await client.replicas.del("k") }
            #expect(error?.code == .invalidCommand)
            await client.close()
        }
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            try await client.set("k", "v")
            #expect(try await client.replicas.get("k", as: String.self) == "v")
            await client.close()
        }
    }

    @Test("end with their client")
    func closed() async throws {
        try await withClient(replicas: 1) { cluster, client in
            let replicas = client.replicas
            try await replicas.ping()
            await client.close()
            let error = await #expect(throws: RedisError.self) { try await replicas.ping() }
            #expect(error?.code == .closed)
            // The one that asks.
            let isGone = try await eventually {
                try cluster.nodes[1].command("CLIENT", "LIST", "TYPE", "normal").split(separator: "\n").count == 1
            }
            #expect(isGone)
        }
    }

    // MARK: Support

    private func withClient(
        primaries: Int = 1,
        replicas: Int,
        _ version: RedisConfiguration.ProtocolVersion = .resp3,
        refresh: Duration = .seconds(30),
        _ body: (RedisCluster, RedisClient) async throws -> Void
    ) async throws {
        let options = RedisClusterOptions(primaries: primaries, replicasPerPrimary: replicas)
        try await withRedisCluster(options) { cluster in
            try await cluster.perform { try $0.waitUntilReplicasServe() }
            var configuration = cluster.seed()
            configuration.protocolVersion = version
            configuration.cluster?.refreshInterval = refresh
            let client = try RedisClient(configuration)
            do { try await body(cluster, client) } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    /// Waits until the replicas have so many keys; by default those of the only primary.
    private func replicasHave(_ count: Int, _ cluster: RedisCluster, of nodes: [RedisClusterNode]? = nil) async throws {
        let nodes = nodes ?? Array(cluster.nodes.dropFirst())
        let haveAll = try await eventually { try nodes.allSatisfy { try $0.command("DBSIZE") == "\(count)" } }
        #expect(haveAll)
    }

    private func resetCounts(_ cluster: RedisCluster) throws {
        for node in cluster.nodes { try node.command("CONFIG", "RESETSTAT") }
    }

    /// How often a node has executed a command.
    private func calls(_ name: String, _ node: RedisClusterNode) throws -> Int {
        let start = "cmdstat_\(name):calls="
        let line = try node.command("INFO", "commandstats").split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix(start) }
        return Int(line?.dropFirst(start.count).prefix { $0.isNumber } ?? "") ?? 0
    }
}

/// Tasks that read one key from replicas all the while.
private final class Readers: Sendable {
    private let count = Locked(0)
    private let failures = Locked<[RedisError]>([])
    private let isOver = Locked(false)
    private let tasks = Locked<[Task<Void, Never>]>([])

    init(_ client: RedisClient, _ key: RedisBytes = "k") {
        for _ in 0..<4 {
            let task = Task {
                while !self.isOver.withLock({ $0 }) {
                    do throws(RedisError) {
                        _ = try await client.replicas.get(key)
                        self.count.withLock { $0 += 1 }
                    } catch {
                        self.failures.withLock { $0.append(error) }
                    }
                    // At full speed the servers of one machine have no time left.
                    do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
                }
            }
            tasks.withLock { $0.append(task) }
        }
    }

    var errors: [RedisError] { failures.withLock { $0 } }

    /// Waits until so many more were answered.
    func advance(by more: Int) async throws -> Bool {
        let goal = count.withLock { $0 } + more
        return try await eventually(within: .seconds(30)) { self.count.withLock { $0 } >= goal }
    }

    func finish() async {
        isOver.withLock { $0 = true }
        for task in tasks.withLock({ $0 }) { await task.joined }
    }
}

extension RedisRole {
    fileprivate var isReplica: Bool { if case .replica = self { true } else { false } }
}
