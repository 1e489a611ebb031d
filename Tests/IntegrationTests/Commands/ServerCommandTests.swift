import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Typed questions to a server", .tags(.server), .timeLimit(.minutes(1)))
struct ServerCommandTests {
    @Test("are answered", arguments: bothProtocols)
    func questions(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await run(Self.questions, version)
    }

    @Test("find, name and end connections", arguments: bothProtocols)
    func connections(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await run(Self.connections, version)
    }

    @Test("tell a primary from its replica", arguments: bothProtocols)
    func roles(_ version: RedisConfiguration.ProtocolVersion) async throws {
        let prompt = RedisServerOptions(arguments: ["--repl-diskless-sync-delay", "0"])
        try await withRedisServer(prompt) { primary in
            let arguments = ["--replicaof", "127.0.0.1 \(primary.port)"]
            try await withRedisServer(RedisServerOptions(arguments: arguments)) { replica in
                let (first, second) = try (
                    RedisClient(primary.configuration(version)), RedisClient(replica.configuration(version))
                )
                #expect(
                    try await eventually {
                        guard case .replica("127.0.0.1", primary.port, "connected", _) = try await second.role() else {
                            return false
                        }
                        guard case .primary(_, let replicas) = try await first.role() else { return false }
                        return replicas.map(\.port) == [replica.port]
                    }
                )
                for client in [first, second] { await client.close() }
            }
        }
    }

    static let questions: CommandCheck = { client, release in
        #expect(try await client.ping() == "PONG")
        #expect(try await client.ping("hi") == "hi")
        #expect(try await client.echo(RedisBytes([0, 255])) == RedisBytes([0, 255]))
        #expect(abs(try await client.time().microseconds - RedisTimestamp.now().microseconds) < 30_000_000)
        #expect(try await client.lastsave() <= RedisTimestamp.now())
        try await client.set("a", 1)
        #expect(try await client.dbsize() == 1)
        #expect(try await client.role() == .primary(offset: 0, replicas: []))
        let info = try await client.info()
        #expect(info["tcp_port"] == "\(client.configuration.endpoint)".split(separator: ":").last.map { String($0) })
        #expect(info.integer("connected_clients") ?? 0 >= 1)
        #expect(info.sections["Server"]?["process_id"] != nil)
        #expect(info.integer("redis_version") == nil)
        let keyspace = try await client.info("keyspace")
        #expect(keyspace["db0"]?.hasPrefix("keys=1,") == true)
        #expect(keyspace["tcp_port"] == nil)
        #expect(try await client.info(["clients"]).integer("connected_clients") ?? 0 >= 1)
        #expect(try await client.commandCount() > 190)
        #expect(try await client.configGet("maxmemory") == ["maxmemory": "0"])
        try await client.configSet(["slowlog-log-slower-than": 0])
        #expect(try await client.configGet(["slowlog-log-slower*"]) == ["slowlog-log-slower-than": "0"])
        try await client.slowlogReset()
        try await client.set("slow", "x")
        let log = try await client.slowlogGet(100)
        let entry = try #require(log.first { $0.arguments == ["SET", "slow", "x"] })
        #expect(entry.duration < .seconds(10))
        #expect(entry.time <= .now())
        #expect(entry.address.hasPrefix("127.0.0.1:"))
        #expect(entry.clientName == "")
        #expect(try await client.slowlogLen() >= 2)
        #expect(try await client.latencyLatest() == [])
        // Nothing is noted any more once the slow command has been.
        try await client.configSet(["latency-monitor-threshold": 20])
        // A script that asks for the time until it is over would take five seconds: TIME stands still in it since Redis
        // 7.
        try await client.send(["DEBUG", "SLEEP", "0.03"])
        try await client.configSet(["latency-monitor-threshold": 0])
        let events = try await client.latencyLatest()
        let slow = try #require(events.first { $0.name == "command" })
        #expect(slow.latest >= .milliseconds(25) && slow.maximum >= slow.latest)
        let history = try await client.latencyHistory("command")
        #expect(history.map(\.duration).max() == slow.maximum)
        #expect(history.last?.time == slow.time)
        #expect(try await client.latencyReset("command", "none") == 1)
        #expect(try await client.latencyHistory("command") == [])
        #expect(try await client.latencyReset() == events.count - 1)
        #expect(try await client.latencyReset(["command"]) == 0)
        try await client.configSet(["maxmemory-policy": "allkeys-lfu"])
        try await client.set("used", "text")
        #expect(try await client.objectFreq("used") ?? 0 > 0)
        #expect(try await client.objectFreq("none") == nil)
        try await client.configResetStat()
        #expect(try await client.info("stats").integer("total_connections_received") == 0)
        if release.isAtLeast(6) { #expect(try await client.aclWhoAmI() == "default") }
        try await client.flushdb()
        #expect(try await client.dbsize() == 0)
        try await client.flushall()
    }

    static let connections: CommandCheck = { client, release in
        let id = try await client.clientID()
        #expect(try await client.clientGetName() == nil)
        try await client.clientSetName("me")
        #expect(try await client.clientGetName() == "me")
        let own = try #require(try await client.clientList().first { $0.id == id })
        #expect(own.name == "me")
        #expect(own.fields["cmd"]?.hasPrefix("client") == true)
        if release.isAtLeast(6) { #expect(own.user == "default") }
        if release.isAtLeast(6, 2) {
            #expect(try await client.clientInfo().id == id)
            #expect(try await client.clientInfo().address == own.address)
            #expect(try await client.clientList(.id(id)).map(\.id) == [id])
            #expect(try await client.clientList([.id(id)]).map(\.name) == ["me"])
        }
        #expect(try await client.clientList(.kind(.pubsub)) == [])
        let other = try RedisClient(client.configuration)
        let otherID = try await other.clientID()
        #expect(try await client.clientUnblock(otherID) == false)
        #expect(try await client.clientUnblock(otherID, .error) == false)
        #expect(try await client.clientKill(.id(otherID), .skippingOwn(true)) == 1)
        #expect(try await client.clientKill([.id(otherID)]) == 0)
        #expect(try await client.clientKill(.kind(.pubsub)) == 0)
        #expect(try await eventually { (try? await other.clientID()).map { $0 != otherID } ?? false })
        await other.close()
    }
}
