import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A cluster that means harm", .tags(.cluster), .timeLimit(.minutes(2)))
struct HostileClusterTests {
    private static let refusal =
        "the answer names more nodes of the cluster than RedisClusterConfiguration.maximumNodes, 1000 (rwatch --max-nodes)"

    @Test("names too many nodes: whatever asked fails, names the limit, and has connected to nobody else")
    func tooManyNodes() async throws {
        typealias Attempt = @Sendable (RedisConfiguration) async throws -> Void
        let attempts: [Attempt] = [
            { try await Monitor($0).start() },
            { try await KeyspaceEvents($0).start() },
            { _ = try await PubSub($0).subscribe("a") },
            { _ = try await PubSub($0).ssubscribe("a") },
            { _ = try await RedisClient($0).send(["GET", "a"]) },
        ]
        for attempt in attempts {
            let cluster = HostileCluster(1001)
            try await cluster.run { configuration in
                let error = await #expect(throws: RedisError.self) { try await attempt(configuration) }
                #expect(error?.code == .limitExceeded)
                #expect(error?.message == Self.refusal)
                #expect(cluster.accepted == 1)
            }
        }
    }

    @Test("names as many as the configuration takes")
    func asManyAsMayBe() async throws {
        let cluster = HostileCluster(3)
        try await cluster.run { configuration in
            var configuration = configuration
            configuration.cluster?.maximumNodes = 3
            let monitor = try Monitor(configuration, guard: nil)
            try await monitor.start()
            await monitor.close()
            #expect(cluster.count("MONITOR") == 3)
        }
    }

    @Test("hangs up on everybody: no more than the limit's connects begin within a second")
    func hangsUp() async throws {
        let cluster = HostileCluster(200, .hangsUp)
        try await cluster.run { configuration in
            var configuration = configuration
            configuration.connectLimits.perSecond = 20
            configuration.reconnect.minimumDelay = .milliseconds(10)
            configuration.reconnect.maximumDelay = .milliseconds(10)
            let pubsub = try PubSub(configuration)
            let start = ContinuousClock.now
            for index in 0..<200 { _ = Task { try? await pubsub.ssubscribe("n\(index)") } }
            #expect(try await eventually(within: .seconds(30)) { cluster.accepted >= 50 })
            let seconds = Int(start.duration(to: .now) / .seconds(1)) + 1
            #expect(cluster.accepted <= 20 * (seconds + 1))
            await pubsub.close()
        }
    }

    @Test("takes connections and says nothing: no more than the limit are under way")
    func saysNothing() async throws {
        let cluster = HostileCluster(60, .isSilent)
        try await cluster.run { configuration in
            var configuration = configuration
            configuration.connectLimits.underWay = 4
            configuration.handshakeTimeout = .milliseconds(100)
            let monitor = try Monitor(configuration, guard: nil)
            _ = Task { try? await monitor.start() }
            #expect(try await eventually(within: .seconds(30)) { cluster.accepted >= 24 })
            await monitor.close()
            // The server may see the end of one after the beginning of the next.
            #expect(cluster.mostOpen <= 8)
        }
    }

    @Test("moves a shard to and fro: links follow at once, and then less and less often")
    func toAndFro() async throws {
        let turn = Locked(0)
        let cluster = HostileCluster { port in
            // Two names of one address.
            let host = turn.withLock { turn in
                turn += 1
                return turn.isMultiple(of: 2) ? "127.0.0.1" : "127.000.0.1"
            }
            return HostileCluster.shards([(0, 16383, "a", host, port)])
        }
        try await cluster.run { configuration in
            var configuration = configuration
            configuration.cluster?.refreshInterval = .milliseconds(100)
            let monitor = try Monitor(configuration, guard: nil)
            // Whoever looks late at what has happened must not take the time for shorter.
            let start = ContinuousClock.now
            try await monitor.start()
            #expect(try await eventually(within: .seconds(30)) { cluster.count("MONITOR") >= 6 })
            // 100, 200, 400 and 800 ms at least; a link that has lived for a second begins anew.
            #expect(start.duration(to: .now) >= .milliseconds(900))
            await monitor.close()
        }
    }

    @Test("sends commands to ever other nodes: of those that no topology contains, few are connected to at once")
    func everOtherNodes() async throws {
        let (commands, port) = (Locked(0), Locked(0))
        let open = Locked((now: 0, most: 0))
        try await withScriptedServer(timeout: .seconds(60)) { connection in
            open.withLock { open in
                open.now += 1
                open.most = max(open.most, open.now)
            }
            defer { open.withLock { $0.now -= 1 } }
            // The client may close a link that is still being opened.
            guard var command = try? connection.answerHandshake() else { return }
            while true {
                let words = command.map { String(decoding: $0, as: UTF8.self) }
                let port = port.withLock { $0 }
                if words == ["CLUSTER", "INFO"] {
                    try connection.send("$16\r\ncluster_state:ok\r\n")
                } else if words == ["CLUSTER", "SHARDS"] {
                    try connection.send(HostileCluster.shards([(0, 16383, "a", "127.0.0.1", port)]))
                } else {
                    let number = commands.withLock { commands in
                        commands += 1
                        return commands
                    }
                    // The same address in ever other words.
                    let zeros = String(repeating: "0", count: number)
                    let isThere = number.isMultiple(of: 2)
                    try connection.send(isThere ? "+there\r\n" : "-MOVED 1 127.0.\(zeros)0.1:\(port)\r\n")
                }
                guard let next = try? connection.readCommand() else { return }
                command = next
            }
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            if case .tcp(_, let number) = configuration.endpoint { port.withLock { $0 = Int(number) } }
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            let client = try RedisClient(configuration)
            for _ in 0..<60 { #expect(try await client.send(["GET", "a"]).text == "there") }
            await client.close()
            // The node itself, sixteen others, those that are being closed, and the questions for the topology.
            #expect(open.withLock { $0.most } <= 24)
        }
    }
}
