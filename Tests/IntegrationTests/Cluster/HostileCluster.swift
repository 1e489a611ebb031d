import RedisCore
import RedisReactor
import RedisTesting

/// A server that calls itself a cluster of as many shards as it likes, all of them at its own address, and treats
/// whoever comes there as it likes.
final class HostileCluster: Sendable {
    /// What a connection gets that does not ask for the topology.
    enum Manner: Sendable {
        /// Consent to all.
        case serves
        /// The end, at once.
        case hangsUp
        /// Nothing.
        case isSilent
    }

    private struct State {
        var accepted = 0
        var open = 0
        var mostOpen = 0
        var commands: [[String]] = []
    }

    private let state = Locked(State())
    private let reply: @Sendable (Int) -> String
    private let manner: Manner

    /// `shards` is the reply to CLUSTER SHARDS, given the server's port.
    init(_ manner: Manner = .serves, shards reply: @escaping @Sendable (Int) -> String) {
        self.manner = manner
        self.reply = reply
    }

    /// So many shards, among which the slots are divided.
    convenience init(_ count: Int, _ manner: Manner = .serves) {
        self.init(manner) { port in
            let width = 16384 / count
            return Self.shards(
                (0..<count).map { index in
                    (
                        index * width, index == count - 1 ? 16383 : (index + 1) * width - 1, "n\(index)", "127.0.0.1",
                        port
                    )
                }
            )
        }
    }

    static func shards(_ shards: [(first: Int, last: Int, id: String, host: String, port: Int)]) -> String {
        func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
        let entries = shards.map { shard in
            "*4\r\n" + bulk("slots") + "*2\r\n:\(shard.first)\r\n:\(shard.last)\r\n" + bulk("nodes") + "*1\r\n*10\r\n"
                + bulk("id") + bulk(shard.id) + bulk("port") + ":\(shard.port)\r\n" + bulk("ip") + bulk(shard.host)
                + bulk("role") + bulk("master") + bulk("health") + bulk("online")
        }
        return "*\(shards.count)\r\n" + entries.joined()
    }

    /// How many connections there were, questions for the topology among them.
    var accepted: Int { state.withLock { $0.accepted } }
    /// How many there were at once at most.
    var mostOpen: Int { state.withLock { $0.mostOpen } }

    /// How often a command was sent.
    func count(_ name: String) -> Int { state.withLock { $0.commands.count { $0[0] == name } } }

    func run<Success>(_ body: (_ configuration: RedisConfiguration) async throws -> Success) async throws -> Success {
        let port = Locked(0)
        return try await withScriptedServer(timeout: .seconds(60)) { connection in
            self.state.withLock { state in
                state.accepted += 1
                state.open += 1
                state.mostOpen = max(state.mostOpen, state.open)
            }
            defer { self.state.withLock { $0.open -= 1 } }
            // The first is the question for the topology.
            if connection.index > 0, self.manner == .hangsUp { return }
            if connection.index > 0, self.manner == .isSilent {
                _ = try? connection.waitForClose()
                return
            }
            do {
                var command = try connection.answerHandshake()
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    try connection.send(self.answer(words, port.withLock { $0 }))
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            if case .tcp(_, let number) = configuration.endpoint { port.withLock { $0 = Int(number) } }
            configuration.lossBoundInterval = nil
            configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
            return try await body(configuration)
        }
    }

    private func answer(_ words: [String], _ port: Int) -> String {
        switch words.prefix(2).map({ $0.uppercased() }) {
        case ["CLUSTER", "INFO"]: return "$16\r\ncluster_state:ok\r\n"
        case ["CLUSTER", "SHARDS"]: return reply(port)
        case ["PING"]: return "+PONG\r\n"
        case ["CLIENT", "LIST"]: return "$0\r\n\r\n"
        default:
            state.withLock { $0.commands.append(words) }
            return "+OK\r\n"
        }
    }
}
