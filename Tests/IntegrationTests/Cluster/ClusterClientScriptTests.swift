import RedisCommands
import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// A node that says it serves all slots, and answers everything else as it is told.
private final class ScriptedNode: Sendable {
    typealias Reply = @Sendable (_ command: [String], _ count: Int) -> String?

    private let port = Locked(0)
    private let calls = Locked<[[String]]>([])
    private let sentCount = Locked(0)
    private let reply: Reply
    /// Whom it names as the owner of all slots; itself by default.
    private let owner: Int?

    init(owner: Int? = nil, _ reply: @escaping Reply) {
        self.owner = owner
        self.reply = reply
    }

    /// What it was asked, but for the topology.
    var commands: [[String]] { calls.withLock { $0 } }
    /// How many replies it has sent, those about the topology among them.
    var replyCount: Int { sentCount.withLock { $0 } }

    func run<Success>(_ body: (_ port: Int, _ url: String) async throws -> Success) async throws -> Success {
        try await withScriptedServer { connection in
            do {
                var command = try connection.answerHandshake()
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    guard let text = self.answer(words) else { return }
                    try connection.send(text)
                    self.sentCount.withLock { $0 += 1 }
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            let number = Int(url.split(separator: ":").last ?? "") ?? 0
            port.withLock { $0 = number }
            return try await body(number, url)
        }
    }

    private func answer(_ words: [String]) -> String? {
        switch words.prefix(2).map({ $0.uppercased() }) {
        case ["CLUSTER", "INFO"]: return "$16\r\ncluster_state:ok\r\n"
        case ["CLUSTER", "SHARDS"]: return "-ERR Unknown subcommand\r\n"
        case ["CLUSTER", "SLOTS"]:
            let port = owner ?? port.withLock { $0 }
            let id = String(repeating: "a", count: 40)
            return "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n$40\r\n\(id)\r\n"
        case ["ASKING"]:
            calls.withLock { $0.append(words) }
            return "+OK\r\n"
        default:
            let count = calls.withLock { calls in
                calls.append(words)
                return calls.count
            }
            return reply(words, count)
        }
    }
}

@Suite(
    "The client against scripted nodes of a cluster",
    .tags(.cluster, .once),
    .serialized,
    .timeLimit(.minutes(1))
)
struct ClusterClientScriptTests {
    private func client(_ port: Int, loop: RedisEventLoop? = nil) throws -> RedisClient {
        var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: UInt16(port)))
        configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
        return try RedisClient(configuration, loop: loop)
    }

    /// Not awaited: what it does happens in a turn of the loop.
    private func closeNow(_ client: RedisClient) { client.blocking.close() }

    @Test(
        "ends the wait for a link of its own at its deadline, also while no seed tells where the nodes are",
        arguments: ["link", "transaction", "blocking command"]
    )
    func silentSeed(_ call: String) async throws {
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            configuration.reconnect.initialPatience = .seconds(20)
            configuration.commands.timeout = .milliseconds(200)
            let client = try RedisClient(configuration)
            let began = ContinuousClock.now
            let error = await failure {
                switch call {
                case "link": try await client.withLink { _ in }
                case "transaction": try await client.transaction(watching: ["k"]) { _ in }
                default: try await client.send(["BLPOP", "k", "0.2"], timeout: .milliseconds(200))
                }
            }
            #expect(error?.code == .timedOut)
            #expect(error?.execution == .notExecuted)
            #expect(began.duration(to: .now) < .seconds(3))
            await client.close()
        }
    }

    @Test("gives up when nodes send a command from one to another for ever", arguments: ["MOVED", "ASK"])
    func loop(_ word: String) async throws {
        let node = ScriptedNode { _, _ in "-\(word) 1 :0\r\n" }
        // The port of the node itself is not known to its script: an empty host and no port lead nowhere.
        try await node.run { port, _ in
            let client = try self.client(port)
            let error = await #expect(throws: RedisError.self) { try await client.send(["GET", "a"]) }
            #expect(error?.code == .noServer)
            #expect(error?.serverMessage == "\(word) 1 :0")
            #expect(node.commands.count == 6)
            await client.close()
        }
    }

    @Test("ends a command that a node turns away behind the close of the client", arguments: ["MOVED", "ASK"])
    func turnedAwayAtTheEnd(_ word: String) async throws {
        let isHeld = Locked(true)
        let ownPort = Locked(0)
        let node = ScriptedNode { _, _ in
            _ = eventuallyBlocking { !isHeld.withLock { $0 } }
            return "-\(word) 15495 127.0.0.1:\(ownPort.withLock { $0 })\r\n"
        }
        try await node.run { port, _ in
            ownPort.withLock { $0 = port }
            let loop = try RedisEventLoop()
            let client = try self.client(port, loop: loop)
            let sent = Task { try await client.send(["GET", "a"]) }
            #expect(try await eventually { node.commands == [["GET", "a"]] })
            let replyCount = node.replyCount
            // In one turn of the loop the refusal arrives and the client is closed. The loop reads what has arrived
            // behind that.
            let isStill = Locked(true)
            loop.execute { _ = eventuallyBlocking { !isStill.withLock { $0 } } }
            loop.execute {
                isHeld.withLock { $0 = false }
                _ = eventuallyBlocking { node.replyCount > replyCount }
            }
            closeNow(client)
            isStill.withLock { $0 = false }
            let error = await #expect(throws: RedisError.self) { try await sent.joined }
            #expect(error?.code == .closed)
            await client.close()
            await loop.shutdown()
        }
    }

    @Test("counts redirections between two nodes")
    func pingPong() async throws {
        let firstPort = Locked(0)
        let second = ScriptedNode { _, _ in "-MOVED 1 127.0.0.1:\(firstPort.withLock { $0 })\r\n" }
        try await second.run { secondPort, _ in
            let first = ScriptedNode { _, _ in "-MOVED 1 :\(secondPort)\r\n" }
            try await first.run { port, _ in
                firstPort.withLock { $0 = port }
                let client = try self.client(port)
                let error = await #expect(throws: RedisError.self) { try await client.send(["GET", "a"]) }
                #expect(error?.code == .noServer)
                #expect(first.commands.count == 3)
                #expect(second.commands.count == 3)
                await client.close()
            }
        }
    }

    @Test("sends ASKING and the command as a pair to the node that was named")
    func asking() async throws {
        let second = ScriptedNode { _, _ in "+there\r\n" }
        try await second.run { secondPort, _ in
            let first = ScriptedNode { words, _ in
                words == ["GET", "a"] ? "-ASK 15495 127.0.0.1:\(secondPort)\r\n" : "+here\r\n"
            }
            try await first.run { port, _ in
                let client = try self.client(port)
                #expect(try await client.send(["GET", "a"]).text == "there")
                #expect(try await client.send(["GET", "b"]).text == "here")
                #expect(second.commands == [["ASKING"], ["GET", "a"]])
                await client.close()
            }
        }
    }

    @Test("waits with what was sent to nowhere until the caller's time is over")
    func nowhere() async throws {
        let freePort = try closedPort()
        let node = ScriptedNode { _, _ in "-MOVED 15495 127.0.0.1:\(freePort)\r\n" }
        try await node.run { port, _ in
            let client = try self.client(port)
            let error = await #expect(throws: RedisError.self) {
                try await client.send(["GET", "a"], timeout: .seconds(1))
            }
            #expect(error?.code == .timedOut)
            #expect((error?.underlyingError as? RedisError)?.code == .connectFailed)
            #expect(error?.endpoint == .tcp(host: "127.0.0.1", port: UInt16(freePort)))
            // With growing pauses in between.
            #expect((2...8).contains(node.commands.count))
            await client.close()
        }
    }

    @Test(
        "gives errors that only look like redirections to the caller, without another attempt",
        arguments: [
            "MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 16384 127.0.0.1:1", "MOVED -1 127.0.0.1:1", "ASK 1 2 3",
            "MOVEDX 1 127.0.0.1:1", "TRYAGAINX", "",
        ]
    )
    func hostileTexts(_ line: String) async throws {
        let node = ScriptedNode { _, _ in "-\(line)\r\n" }
        try await node.run { port, _ in
            let client = try self.client(port)
            let error = await #expect(throws: RedisError.self) { try await client.send(["SET", "a", "secret"]) }
            #expect(error?.code == .serverError)
            #expect(error?.serverMessage == line)
            #expect(node.commands.count == 1)
            await client.close()
        }
    }

    @Test("goes on after addresses that are none", arguments: ["127.0.0.1:99999", "127.0.0.1", ":", "?:x", "a:-1"])
    func hostileAddresses(_ address: String) async throws {
        let node = ScriptedNode { _, count in count < 3 ? "-MOVED 15495 \(address)\r\n" : "+OK\r\n" }
        try await node.run { port, _ in
            let client = try self.client(port)
            #expect(try await client.send(["SET", "a", "x"]).text == "OK")
            #expect(node.commands.count == 3)
            await client.close()
        }
    }

    @Test(
        "tries again after answers that pass",
        arguments: ["TRYAGAIN x", "CLUSTERDOWN x", "LOADING x", "MASTERDOWN x"]
    )
    func transient(_ line: String) async throws {
        let node = ScriptedNode { _, count in count < 4 ? "-\(line)\r\n" : ":7\r\n" }
        try await node.run { port, _ in
            let client = try self.client(port)
            #expect(try await client.send(["INCR", "a"]).integer == 7)
            #expect(node.commands.count == 4)
            await client.close()
        }
    }

    @Test("never sends again what was on the wire when the link was lost")
    func lostOnTheWire() async throws {
        let node = ScriptedNode { words, _ in words[0] == "INCR" ? nil : "+PONG\r\n" }
        try await node.run { port, _ in
            let client = try self.client(port)
            let error = await #expect(throws: RedisError.self) { try await client.send(["INCR", "a"]) }
            #expect(error?.code == .connectionLost)
            #expect(try await client.ping() == "PONG")
            #expect(node.commands == [["INCR", "a"], ["PING"]])
            await client.close()
        }
    }

    @Test("tells the first caller when no seed knows a cluster, and asks anew for the next")
    func noCluster() async throws {
        try await withRedisServer { server in
            let client = try self.client(server.port)
            for _ in 0..<2 {
                let error = await #expect(throws: RedisError.self) { try await client.send(["GET", "a"]) }
                #expect(error?.code == .invalidConfiguration)
            }
            let query = await #expect(throws: RedisError.self) { try await client.pubsubNumPat() }
            #expect(query?.code == .invalidConfiguration)
            await client.close()
        }
        let client = try self.client(try closedPort())
        let error = await #expect(throws: RedisError.self) { try await client.send(["GET", "a"]) }
        #expect(error?.code == .connectFailed)
        await client.close()
    }

    @Test("asks the caller's commands alone about their keys, and goes on without the right to")
    func mayNotAsk() async throws {
        let node = ScriptedNode { words, _ in
            words[0] == "COMMAND" ? "-NOPERM this user has no permissions\r\n" : "+OK\r\n"
        }
        try await node.run { port, _ in
            let client = try self.client(port)
            #expect(try await client.send(["NEWCOMMAND", "a"]).text == "OK")
            #expect(node.commands == [["COMMAND", "INFO", "NEWCOMMAND"], ["NEWCOMMAND", "a"]])
            await client.close()
        }
    }
}
