import RedisEvents
import RedisReactor
import RedisTesting

/// A Sentinel that says what the test wants, for what real ones say only when networks break.
final class FakeSentinel: Sendable {
    /// What it says.
    struct Words: Sendable {
        var id: String
        var name = "shop"
        var primary: RedisEndpoint
        var epoch = 1
        var peers: [(id: String, endpoint: RedisEndpoint)] = []
        var replicas: [(endpoint: RedisEndpoint, flags: String)] = []
        /// Takes connections and commands, and answers nothing.
        var isSilent = false
        /// What it answers to every question, instead of all else.
        var rawAnswer: String?
        var password: String?
        /// Answers HELLO and CLIENT with errors.
        var refusesCourtesies = false
    }

    private struct State {
        var words: Words
        var subscribers: [(connection: ScriptedConnection, isPush: Bool)] = []
        var questions = 0
        var commands = 0
    }

    private let server: ScriptedServer
    private let state: Locked<State>

    init(_ id: String, _ primary: RedisEndpoint, epoch: Int = 1) throws {
        let state = Locked(State(words: Words(id: id, primary: primary, epoch: epoch)))
        self.state = state
        server = ScriptedServer(timeout: .seconds(120)) { connection in Self.serve(connection, state) }
        try server.start()
    }

    var endpoint: RedisEndpoint { .tcp(host: "127.0.0.1", port: UInt16(server.port)) }
    var subscriberCount: Int { state.withLock { $0.subscribers.count } }
    /// How often it was asked where the primary is.
    var questionCount: Int { state.withLock { $0.questions } }

    /// How many commands came, also those that it does not answer.
    var commandCount: Int { state.withLock { $0.commands } }

    func change(_ body: (inout Words) -> Void) { state.withLock { body(&$0.words) } }

    func stop() { try? server.stop() }

    /// Publishes to whoever is subscribed.
    func publish(_ payload: String) {
        for (connection, isPush) in state.withLock({ $0.subscribers }) {
            try? connection.send(
                (isPush ? ">" : "*") + "3\r\n" + bulk("message") + bulk("+switch-master") + bulk(payload)
            )
        }
    }

    /// Cuts the links of whoever is subscribed.
    func dropSubscribers() {
        for (connection, _) in state.withLock({ $0.subscribers }) { connection.reset() }
    }

    private static func serve(_ connection: ScriptedConnection, _ state: Locked<State>) {
        var speaksRESP3 = false
        while let command = try? connection.readCommand() {
            let arguments = command.map { String(decoding: $0, as: UTF8.self) }
            let words = state.withLock { state in
                state.commands += 1
                return state.words
            }
            guard !words.isSilent else { continue }
            switch arguments[0].uppercased() {
            case "HELLO" where words.refusesCourtesies, "CLIENT" where words.refusesCourtesies:
                try? connection.send("-NOPERM no\r\n")
            case "HELLO":
                if let password = words.password, arguments.last != password {
                    let isCompleted = arguments.contains("AUTH")
                    try? connection.send(isCompleted ? "-WRONGPASS no\r\n" : "-NOAUTH HELLO needs AUTH\r\n")
                } else {
                    speaksRESP3 = true
                    try? connection.send("%2\r\n" + bulk("proto") + ":3\r\n" + bulk("mode") + bulk("sentinel"))
                }
            case "AUTH": try? connection.send(arguments.last == words.password ? "+OK\r\n" : "-WRONGPASS no\r\n")
            case "SENTINEL": try? connection.send(words.rawAnswer ?? answer(arguments, words, state, speaksRESP3))
            case "PING": try? connection.send("+PONG\r\n")
            case "SUBSCRIBE":
                state.withLock { $0.subscribers.append((connection, speaksRESP3)) }
                try? connection.send(
                    (speaksRESP3 ? ">" : "*") + "3\r\n" + bulk("subscribe") + bulk(arguments[1]) + ":1\r\n"
                )
            default: try? connection.send("-ERR unknown command '\(arguments[0])'\r\n")
            }
        }
        state.withLock { state in state.subscribers.removeAll { $0.connection === connection } }
    }

    private static func answer(_ arguments: [String], _ words: Words, _ state: Locked<State>, _ isMap: Bool) -> String {
        let isKnown = arguments.count < 3 || arguments[2] == words.name
        switch arguments[1].uppercased() {
        case "GET-MASTER-ADDR-BY-NAME":
            state.withLock { $0.questions += 1 }
            return isKnown ? list([words.primary.host, "\(words.primary.port)"]) : isMap ? "_\r\n" : "*-1\r\n"
        case "MYID": return bulk(words.id)
        case _ where !isKnown: return "-ERR No such master with that name\r\n"
        case "MASTER":
            let fields = ["name", words.name, "ip", words.primary.host, "port", "\(words.primary.port)"]
            return list(fields + ["config-epoch", "\(words.epoch)"])
        case "SENTINELS":
            let peers = words.peers.map { list(["ip", $1.host, "port", "\($1.port)", "runid", $0]) }
            return "*\(peers.count)\r\n" + peers.joined()
        case "REPLICAS":
            let replicas = words.replicas.map {
                list(["ip", $0.host, "port", "\($0.port)", "flags", $1, "master-link-status", "ok"])
            }
            return "*\(replicas.count)\r\n" + replicas.joined()
        default: return "-ERR unknown subcommand\r\n"
        }
    }

    private static func list(_ texts: [String]) -> String { "*\(texts.count)\r\n" + texts.map(bulk).joined() }
}

private func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

extension RedisEndpoint {
    /// The port of a TCP endpoint.
    var port: UInt16 {
        if case .tcp(_, let port) = self { port } else { 0 }
    }
}

extension RedisServer {
    var endpoint: RedisEndpoint { .tcp(host: "127.0.0.1", port: UInt16(port)) }
}

/// A configuration that finds its server by these Sentinels. Gaps do not wait for the server's counters, so that each
/// has its certain place among the events.
func configuration(
    _ sentinels: [RedisEndpoint],
    name: String = "shop",
    _ version: RedisConfiguration.ProtocolVersion = .resp3
) -> RedisConfiguration {
    var configuration = RedisConfiguration(endpoint: .tcp(host: "stands-for-nothing.invalid", port: 1))
    configuration.sentinel = RedisSentinelConfiguration(sentinels: sentinels, name: name)
    configuration.protocolVersion = version
    configuration.lossBoundInterval = nil
    return configuration
}

/// Starts Sentinels that all say the same at first, and know each other, and stops them after `body`.
func withFakeSentinels<Success>(
    _ count: Int,
    _ primary: RedisEndpoint,
    epoch: Int = 1,
    _ body: ([FakeSentinel]) async throws -> Success
) async throws -> Success {
    var sentinels: [FakeSentinel] = []
    defer { for sentinel in sentinels { sentinel.stop() } }
    for index in 0..<count { sentinels.append(try FakeSentinel("id\(index)", primary, epoch: epoch)) }
    let group = sentinels.enumerated().map { (id: "id\($0.offset)", endpoint: $0.element.endpoint) }
    for (index, sentinel) in sentinels.enumerated() {
        sentinel.change { $0.peers = group.enumerated().filter { $0.offset != index }.map(\.element) }
    }
    return try await body(sentinels)
}
