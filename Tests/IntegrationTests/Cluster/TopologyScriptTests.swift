import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("The shape of a cluster, as scripted servers tell it", .tags(.cluster), .timeLimit(.minutes(2)))
struct TopologyScriptTests {
    /// What one server answers.
    struct Answers: Sendable {
        var info = "cluster_state:ok\r\ncluster_current_epoch:5\r\n"
        var shards: String
        var slots: String? = nil
    }

    /// One shard with all slots, at the port given, in the flat form.
    private static func shards(_ port: String, id: String = "a", slots: String = "*2\r\n:0\r\n:16383\r\n") -> String {
        func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
        let node = [
            "*10\r\n", bulk("id"), bulk(id), bulk("port"), ":\(port)\r\n", bulk("endpoint"), bulk("127.0.0.1"),
            bulk("role"),
            bulk("master"), bulk("health"), bulk("online"),
        ]
        return "*1\r\n*4\r\n" + bulk("slots") + slots + bulk("nodes") + "*1\r\n" + node.joined()
    }

    /// Answers questions for the shape until the peer leaves.
    private static func serve(_ connection: ScriptedConnection, _ answers: Answers) throws {
        var command = try connection.answerHandshake()
        while true {
            switch String(decoding: command.last ?? [], as: UTF8.self) {
            case "INFO":
                let isError = answers.info.hasPrefix("-")
                try connection.send(isError ? answers.info : "$\(answers.info.utf8.count)\r\n\(answers.info)\r\n")
            case "SHARDS": try connection.send(answers.shards)
            case "SLOTS": try connection.send(answers.slots ?? "-ERR no\r\n")
            default: try connection.send("-ERR what\r\n")
            }
            guard let next = try? connection.readCommand() else { return }
            command = next
        }
    }

    private func load(_ answers: Answers) async throws -> Result<ClusterShape, RedisError> {
        try await withScriptedServer { connection in
            try Self.serve(connection, answers)
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
            let result: Result<ClusterShape, RedisError>
            do throws(RedisError) { result = .success(try await topology.load()) } catch { result = .failure(error) }
            await topology.finish()
            return result
        }
    }

    @Test(
        "is read from CLUSTER SLOTS where CLUSTER SHARDS is not known or not allowed",
        arguments: [
            "-ERR Unknown subcommand or wrong number of arguments for 'SHARDS'. Try CLUSTER HELP.\r\n",
            "-NOPERM this user has no permissions to run the 'cluster|shards' command\r\n",
            "-ERR CLUSTER command, CLUSTER INFO|NODES|SLOTS|KEYSLOT|RESET|REPLICAS\r\n",
            "-ERR Wrong CLUSTER subcommand or number of arguments\r\n",
            "-unsupported\r\n",
        ]
    )
    func slots(_ refusal: String) async throws {
        let slots = "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:7001\r\n$1\r\na\r\n"
        let shape = try await load(Answers(shards: refusal, slots: slots)).get()
        #expect(shape.slotCount == 16384)
        #expect(shape.nodes.map(\.endpoint) == [.tcp(host: "127.0.0.1", port: 7001)])
    }

    @Test("is read without the right to CLUSTER INFO")
    func noInfo() async throws {
        let shape = try await load(
            Answers(info: "-NOPERM this user has no permissions\r\n", shards: Self.shards("7001"))
        ).get()
        #expect(shape.nodes.map(\.id) == ["a"])
    }

    @Test(
        "cannot be read, and the error says why",
        arguments: [
            (Answers(shards: "-NOPERM this user has no permissions\r\n", slots: "-NOPERM nor this\r\n"), .notPermitted),
            (Answers(shards: "-ERR This instance has cluster support disabled\r\n"), .invalidConfiguration),
            (Answers(shards: "-LOADING Redis is loading\r\n"), .serverError),
            (Answers(shards: "+OK\r\n"), .unexpectedReply),
            (Answers(shards: "*1\r\n:5\r\n"), .unexpectedReply),
            (Answers(shards: "!oops\r\n"), .connectionLost),
            (Answers(shards: "*0\r\n"), .noServer),
            (Answers(shards: Self.shards("0")), .noServer),
        ] as [(Answers, RedisError.Code)]
    )
    func refusals(_ answers: Answers, _ code: RedisError.Code) async throws {
        guard case .failure(let error) = try await load(answers) else {
            Issue.record("there is a topology")
            return
        }
        #expect(error.code == code)
    }

    @Test("is asked for over RESP2 as over RESP3, both questions in one write")
    func oneWrite() async throws {
        try await withScriptedServer { connection in
            var command = try connection.answerHandshake()
            #expect(command.map { String(decoding: $0, as: UTF8.self) } == ["CLUSTER", "INFO"])
            // Not answered yet, and the next is there.
            command = try connection.readCommand()
            #expect(command.map { String(decoding: $0, as: UTF8.self) } == ["CLUSTER", "SHARDS"])
            try connection.send("$0\r\n\r\n" + Self.shards("7001"))
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.protocolVersion = .resp2
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
            try await topology.load()
            await topology.finish()
        }
    }

    @Test("waits for a node that takes long, when nobody else can be asked")
    func slow() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake()
            _ = eventuallyBlocking(within: .milliseconds(1300)) { false }
            try connection.send("$0\r\n\r\n" + Self.shards("7001"))
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.cluster = RedisClusterConfiguration(seeds: [
                configuration.endpoint, .tcp(host: "127.0.0.1", port: 1),
            ])
            let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
            let shape = try await topology.load()
            #expect(shape.slotCount == 16384)
            await topology.finish()
        }
    }

    @Test("is not taken from a node that is behind, nor from one that was emptied")
    func behind() async throws {
        let late = "cluster_state:ok\r\ncluster_current_epoch:4\r\n"
        let strange = Locked<[Answers]>([
            Answers(info: late, shards: Self.shards("7002", id: "b")),
            Answers(shards: Self.shards("7001", slots: "*0\r\n")),
            Answers(info: "cluster_state:fail\r\ncluster_current_epoch:5\r\n", shards: Self.shards("7002", id: "b")),
        ])
        let (isAskedAgain, hasLooked) = (Locked(false), Locked(false))
        try await withScriptedServer { connection in
            // The first and the last are right.
            let answers = connection.index == 0 ? nil : strange.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if connection.index > 0, answers == nil {
                isAskedAgain.withLock { $0 = true }
                _ = eventuallyBlocking { hasLooked.withLock { $0 } }
            }
            try Self.serve(connection, answers ?? Answers(shards: Self.shards("7001")))
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
            let before = try await topology.load()
            let verifiedAt = topology.verifiedAt
            // While no reply is believed, the next round comes by itself.
            await topology.refreshed()
            #expect(topology.shape == before)
            #expect(try await eventually { isAskedAgain.withLock { $0 } })
            #expect(topology.shape == before)
            #expect(topology.verifiedAt == verifiedAt)
            hasLooked.withLock { $0 = true }
            #expect(try await eventually { topology.verifiedAt != verifiedAt })
            #expect(topology.shape == before)
            #expect(topology.verifiedBefore == verifiedAt)
            await topology.finish()
        }
    }

    @Test("is asked for again for as long as the caller has patience")
    func patience() async throws {
        let refusals = Locked(3)
        try await withScriptedServer { connection in
            let isRefused = refusals.withLock { count in
                count -= 1
                return count >= 0
            }
            if isRefused { return }
            try Self.serve(connection, Answers(shards: Self.shards("7001")))
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            configuration.reconnect.initialPatience = .seconds(10)
            let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
            let shape = try await topology.load()
            #expect(shape.slotCount == 16384)
            await topology.finish()
        }
    }
}
