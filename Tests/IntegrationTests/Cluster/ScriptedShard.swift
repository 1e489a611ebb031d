import RedisCore
import RedisReactor
import RedisTesting

/// What scripted nodes tell of their cluster: who serves which slots, by port.
final class ScriptedTopology: Sendable {
    private let parts = Locked<[(slots: ClosedRange<Int>, port: Int)]>([])

    func set(_ parts: [(slots: ClosedRange<Int>, port: Int)]) { self.parts.withLock { $0 = parts } }

    /// The reply to CLUSTER SLOTS.
    var reply: String {
        let parts = parts.withLock { $0 }
        let entries = parts.map { part in
            let name = "\(part.port)"
            let id = String(repeating: "a", count: 40 - name.count) + name
            return "*3\r\n:\(part.slots.lowerBound)\r\n:\(part.slots.upperBound)\r\n"
                + "*3\r\n$9\r\n127.0.0.1\r\n:\(part.port)\r\n$40\r\n\(id)\r\n"
        }
        return "*\(parts.count)\r\n" + entries.joined()
    }
}

/// A node of a cluster that answers what subscribers send as it is told, and the rest as a node does.
final class ScriptedShard: Sendable {
    /// Answers a command; `nil` closes the connection, an empty text says nothing.
    typealias Reply = @Sendable (_ words: [String], _ connection: ScriptedConnection) throws -> String?

    private struct State {
        var port = 0
        var commands: [[String]] = []
        var subscribers: [ScriptedConnection] = []
        var openCount = 0
    }

    private let state = Locked(State())
    private let topology: ScriptedTopology
    private let isHanging: Locked<Bool>
    private let reply: Reply

    init(
        _ topology: ScriptedTopology,
        isHanging: Locked<Bool> = Locked(false),
        _ reply: @escaping Reply = { words, _ in ScriptedShard.confirmation(words) }
    ) {
        self.topology = topology
        self.isHanging = isHanging
        self.reply = reply
    }

    var port: Int { state.withLock { $0.port } }
    var endpoint: RedisEndpoint { .tcp(host: "127.0.0.1", port: UInt16(port)) }
    /// The commands of subscribers, but for PING.
    var commands: [[String]] { state.withLock { $0.commands } }
    /// How many links of subscribers are open.
    var openCount: Int { state.withLock { $0.openCount } }

    /// Says something to everybody who has subscribed.
    func push(_ text: String) throws {
        for connection in state.withLock({ $0.subscribers }) { try connection.send(text) }
    }

    /// Closes the links of subscribers.
    func cut() {
        for connection in state.withLock({ exchange(&$0.subscribers, with: []) }) { connection.closeGracefully() }
    }

    func run<Success>(_ body: () async throws -> Success) async throws -> Success {
        try await withScriptedServer(timeout: .seconds(60)) { connection in
            var isSubscriber = false
            defer { if isSubscriber { self.state.withLock { $0.openCount -= 1 } } }
            do {
                _ = eventuallyBlocking(within: .seconds(60)) { !self.isHanging.withLock { $0 } }
                var command = try connection.answerHandshake()
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    if !isSubscriber, ["SSUBSCRIBE", "SUBSCRIBE"].contains(words[0].uppercased()) {
                        isSubscriber = true
                        self.state.withLock { state in
                            state.openCount += 1
                            state.subscribers.append(connection)
                        }
                    }
                    guard let text = try self.answer(words, connection) else { return }
                    if !text.isEmpty { try connection.send(text) }
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            let number = Int(url.split(separator: ":").last ?? "") ?? 0
            state.withLock { $0.port = number }
            return try await body()
        }
    }

    private func answer(_ words: [String], _ connection: ScriptedConnection) throws -> String? {
        switch words.prefix(2).map({ $0.uppercased() }) {
        case ["CLUSTER", "INFO"]: return "$16\r\ncluster_state:ok\r\n"
        case ["CLUSTER", "SHARDS"]: return "-ERR Unknown subcommand\r\n"
        case ["CLUSTER", "SLOTS"]: return topology.reply
        case ["PING"]: return "+PONG\r\n"
        default:
            state.withLock { $0.commands.append(words) }
            return try reply(words, connection)
        }
    }

    /// What a server says that does what it is asked.
    static func confirmation(_ words: [String]) -> String {
        words.dropFirst().map { push(words[0].lowercased(), $0) }.joined()
    }

    /// A push of a subscription: `ssubscribe`, `unsubscribe`.
    static func push(_ verb: String, _ name: String) -> String {
        ">3\r\n$\(verb.utf8.count)\r\n\(verb)\r\n$\(name.utf8.count)\r\n\(name)\r\n:1\r\n"
    }

    /// A message: a `smessage`, or a `message`.
    static func message(_ name: String, _ text: String, kind: String = "smessage") -> String {
        let parts = [kind, name, text].map { "$\($0.utf8.count)\r\n\($0)\r\n" }
        return ">3\r\n" + parts.joined()
    }
}

/// The slots of `b`, `c` and `a`, a third of the cluster each.
let thirds = (b: 0...5460, c: 5461...10922, a: 10923...16383)

func clusterConfiguration(_ node: ScriptedShard) -> RedisConfiguration {
    var configuration = RedisConfiguration(endpoint: node.endpoint)
    var cluster = RedisClusterConfiguration(seeds: [node.endpoint])
    cluster.refreshInterval = .milliseconds(100)
    configuration.cluster = cluster
    return configuration
}
