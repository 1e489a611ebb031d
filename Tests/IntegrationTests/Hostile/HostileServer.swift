import RedisReactor
import RedisTesting
import Testing

/// What a hostile server does in place of an honest reply.
enum HostileAct: Sendable {
    /// Says this, and goes on with the next command.
    case say(WireReply)
    /// Says the first, then the second again and again until the client goes away.
    case endless(head: [UInt8], piece: [UInt8])
    /// Says this byte by byte, with a pause after each, again and again when it `repeats`.
    case drip([UInt8], repeats: Bool)
    /// Closes the connection, after these bytes.
    case hangUp(after: [UInt8])
    /// Says nothing to this command, nor to any that follows.
    case silence
}

/// A moment at which a server may turn hostile.
struct HostileTurn: Sendable {
    /// What this moment is called: the command's name, with a subcommand where it has one; `accept` when the connection
    /// was made, `event` when something happens that a subscriber is told unasked.
    var stage: String
    /// The command's words.
    var words: [String]
    /// What an honest server would say.
    var honest: WireReply
    /// Where this server listens.
    var port: Int
    /// Where its accomplice does, if it has one; else this one.
    var peerPort: Int
    /// Which of the server's connections it is, from 0.
    var connection: Int
    /// Whether the connection speaks RESP3.
    var isRESP3: Bool

    var honestBytes: [UInt8] { honest.bytes(isRESP3: isRESP3) }
}

/// A way to be hostile: a name, and what is said at the moment when the server turns.
struct Hostility: Sendable, CustomTestStringConvertible {
    var name: String
    /// The stage that it is for, where it is not for all.
    var stage: String?
    /// What happens at that moment; `nil` is what an honest server does.
    var act: @Sendable (HostileTurn) -> HostileAct?

    init(_ name: String, at stage: String? = nil, _ act: @escaping @Sendable (HostileTurn) -> HostileAct?) {
        self.name = name
        self.stage = stage
        self.act = act
    }

    var testDescription: String { name }
}

/// When a server is hostile.
struct HostileMoment: Sendable, CustomStringConvertible {
    enum Beginning: Sendable {
        case atOnce
        /// When a watch has stood, whose link is cut then.
        case afterFirstLink
        /// When rwatch is told to end.
        case atEnd
    }

    /// At the replies of this stage; `nil` is at all of them.
    var stage: String?
    /// From when on.
    var from = Beginning.atOnce

    var description: String {
        let place = "at \(stage ?? "every reply")"
        return switch from {
        case .atOnce: place
        case .afterFirstLink: "\(place) after the first link"
        case .atEnd: "\(place) at the end"
        }
    }
}

/// A server, node of a cluster and Sentinel in one, that answers as such until it turns hostile.
final class HostileServer: Sendable {
    private struct State {
        var port = 0
        var peerPort: Int?
        var stages: [String] = []
        var acts = 0
        var open = 0
        var accepted = 0
        var watching = 0
        /// Whether the honest time is over.
        var hasTurned: Bool
        /// `notify-keyspace-events`.
        var flags: String
    }

    private let state: Locked<State>
    private let hostility: Hostility?
    private let moment: HostileMoment
    private let server = Locked<ScriptedServer?>(nil)

    /// More connections than that at a time are closed at once: this process has descriptors and threads to lose, too.
    private static let mostConnections = 200

    init(_ hostility: Hostility?, _ moment: HostileMoment = HostileMoment(), flags: String = "AKE") throws {
        self.hostility = hostility
        self.moment = moment
        state = Locked(State(hasTurned: moment.from == .atOnce, flags: flags))
        let server = ScriptedServer(timeout: .seconds(60)) { [weak self] connection in try self?.serve(connection) }
        try server.start()
        state.withLock { $0.port = server.port }
        self.server.withLock { $0 = server }
    }

    /// Closes all connections. What clients do when they leave is no error here.
    func stop() { try? server.withLock { exchange(&$0, with: nil) }?.stop() }

    var port: Int { state.withLock { $0.port } }
    /// What was asked, in the order in which it was first asked.
    var stages: [String] { state.withLock { $0.stages } }
    /// How often it was hostile.
    var acts: Int { state.withLock { $0.acts } }
    /// How many connections were made.
    var accepted: Int { state.withLock { $0.accepted } }
    /// How many have subscribed to something, or monitor.
    var watching: Int { state.withLock { $0.watching } }

    /// The honest time is over.
    func turn() { state.withLock { $0.hasTurned = true } }

    func setPeer(_ port: Int) { state.withLock { $0.peerPort = port } }

    private func serve(_ connection: ScriptedConnection) throws {
        let isOneTooMany = state.withLock { state in
            state.open += 1
            state.accepted += 1
            return state.open > Self.mostConnections
        }
        defer { state.withLock { $0.open -= 1 } }
        if isOneTooMany { return }
        var client = HonestClient()
        do {
            try take(["accept"], .sequence([]), connection, &client)
            while true {
                let words = try connection.readCommand().map { String(decoding: $0, as: UTF8.self) }
                let flags = state.withLock { state in
                    if words.count == 4, words[2] == "notify-keyspace-events" { state.flags = words[3] }
                    return state.flags
                }
                let (replies, events) = client.answer(words, port: port, flags: flags)
                try take(words, replies, connection, &client)
                if !events.isEmpty {
                    let isCut = state.withLock { state in
                        state.watching += 1
                        return moment.from == .afterFirstLink && !exchange(&state.hasTurned, with: true)
                    }
                    if isCut { return }
                    for event in events { try take(["event"], event, connection, &client) }
                }
            }
        } catch is HungUp {
        } catch is RedisTestingError {}
    }

    private struct HungUp: Error {}

    private func take(
        _ words: [String],
        _ honest: WireReply,
        _ connection: ScriptedConnection,
        _ client: inout HonestClient
    ) throws {
        let (port, peerPort, hasTurned) = state.withLock { ($0.port, $0.peerPort ?? $0.port, $0.hasTurned) }
        let turn = HostileTurn(
            stage: HonestClient.stage(words),
            words: words,
            honest: honest,
            port: port,
            peerPort: peerPort,
            connection: connection.index,
            isRESP3: client.isRESP3
        )
        let isMoment = hasTurned && (moment.stage == nil || moment.stage == turn.stage)
        let act = isMoment ? hostility?.act(turn) : nil
        state.withLock { state in
            if !state.stages.contains(turn.stage) { state.stages.append(turn.stage) }
        }
        guard let act else { return try connection.send(turn.honestBytes) }
        switch act {
        case .say(let reply):
            defer { count() }
            try connection.send(reply.bytes(isRESP3: client.isRESP3))
        case .endless(let head, let piece):
            count()
            try connection.send(head)
            while true { try connection.send(piece) }
        case .drip(let bytes, let repeats):
            count()
            repeat { try connection.sendSlowly(bytes, pause: .milliseconds(100)) } while repeats
        case .hangUp(let bytes):
            defer { count() }
            try connection.send(bytes)
            throw HungUp()
        case .silence:
            count()
            try connection.waitForClose()
        }
    }

    private func count() { state.withLock { $0.acts += 1 } }
}

/// What an honest server knows of a connection, and says to it.
struct HonestClient {
    private(set) var isRESP3 = false
    private var names = 0
    private var isInTransaction = false
    /// Whether the transaction reads a stream.
    private var readsStream = false

    /// What a command is called in the matrix.
    static func stage(_ words: [String]) -> String {
        let word = words[0].uppercased()
        guard words.count > 1 else { return words[0] == "accept" || words[0] == "event" ? words[0] : word }
        switch word {
        case "CLIENT", "CLUSTER", "CONFIG", "INFO", "PUBSUB", "SENTINEL": return "\(word) \(words[1].uppercased())"
        default: return word
        }
    }

    /// The reply to a command, and what happens when it is carried out.
    mutating func answer(_ words: [String], port: Int, flags: String) -> (reply: WireReply, events: [WireReply]) {
        let verb = words[0].uppercased()
        switch verb {
        case "HELLO":
            isRESP3 = words.dropFirst().first == "3"
            return (hello, [])
        case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE":
            let replies = words.dropFirst().map { name -> WireReply in
                names += 1
                return .push([.text(verb.lowercased()), .text(name), .integer(names)])
            }
            return (.sequence(replies), words.dropFirst().prefix(3).map { event(verb, $0) })
        case "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE":
            let replies = words.dropFirst().map { name -> WireReply in
                names = max(names - 1, 0)
                return .push([.text(verb.lowercased()), .text(name), .integer(names)])
            }
            return (.sequence(replies), [])
        case "PING" where names > 0 && !isRESP3:
            return (.array([.text("pong"), .text(words.count > 1 ? words[1] : "")]), [])
        case "PING": return (words.count > 1 ? .text(words[1]) : .simple(Array("PONG".utf8)), [])
        case "MONITOR": return (.ok, [.simple(Array("1700000000.000001 [0 127.0.0.1:7] \"SET\" \"k\" \"v\"".utf8))])
        case "PUBLISH", "SPUBLISH": return (.integer(1), [])
        case "AUTH", "SELECT", "READONLY", "READWRITE", "ASKING", "RESET": return (.ok, [])
        case "COMMAND": return (Self.commands, [])
        case "SCAN": return (.array([.text("0"), .list(["one", "two"])]), [])
        case "MULTI":
            isInTransaction = true
            return (.ok, [])
        case "EXEC":
            isInTransaction = false
            if exchange(&readsStream, with: false) { return (.array([Self.entries, Self.stream]), []) }
            return (.array([.ok]), [])
        case "XRANGE", "XREVRANGE", "XINFO":
            if isInTransaction {
                readsStream = true
                return (.simple(Array("QUEUED".utf8)), [])
            }
            return (verb == "XINFO" ? Self.stream : Self.entries, [])
        case "XREAD": return (.array([]), [])
        case "SET": return (.simple(Array((isInTransaction ? "QUEUED" : "OK").utf8)), [])
        case "ROLE": return (.array([.text("master"), .integer(0), .array([])]), [])
        case "INFO": return (.text(Self.info), [])
        case "CLIENT": return (client(words), [])
        case "CONFIG": return (config(words, flags), [])
        case "PUBSUB": return (pubsub(words), [])
        case "CLUSTER": return (cluster(words, port), [])
        case "SENTINEL": return (sentinel(words, port), [])
        default: return (.raw("-ERR unknown command\r\n"), [])
        }
    }

    /// Some of the commands, as COMMAND tells of them.
    private static let commands = WireReply.array(
        [("set", 1), ("get", 1), ("multi", 0), ("exec", 0), ("publish", 0)].map { name, key in
            .array([
                .text(name), .integer(-1), .array([.simple(Array("write".utf8))]), .integer(key), .integer(key),
                .integer(key),
            ])
        }
    )

    private static let entries = WireReply.array([.array([.text("1700000000000-1"), .list(["field", "value"])])])

    private static let stream = WireReply.map([
        (.text("length"), .integer(1)), (.text("last-generated-id"), .text("1700000000000-1")),
        (.text("max-deleted-entry-id"), .text("0-0")), (.text("entries-added"), .integer(1)),
        (.text("first-entry"), .array([.text("1700000000000-1"), .list(["field", "value"])])),
    ])

    private var hello: WireReply {
        .map([
            (.text("server"), .text("redis")), (.text("version"), .text("7.2.5")),
            (.text("proto"), .integer(isRESP3 ? 3 : 2)), (.text("id"), .integer(7)),
            (.text("mode"), .text("standalone")), (.text("role"), .text("master")), (.text("modules"), .array([])),
        ])
    }

    private func event(_ verb: String, _ name: String) -> WireReply {
        let channel = name.replacing("*", with: "x")
        return switch verb {
        case "PSUBSCRIBE": .push([.text("pmessage"), .text(name), .text(channel), .text("payload")])
        case "SSUBSCRIBE": .push([.text("smessage"), .text(name), .text("payload")])
        default: .push([.text("message"), .text(name), .text("payload")])
        }
    }

    private static let info = """
        # Server\r\nredis_version:7.2.5\r\nredis_mode:standalone\r\nrun_id:\(String(repeating: "a", count: 40))\r\n\
        process_id:7\r\ntcp_port:6379\r\nuptime_in_seconds:1000\r\n\
        # Clients\r\nconnected_clients:5\r\nmaxclients:10000\r\n\
        # Stats\r\ntotal_connections_received:8\r\ntotal_commands_processed:90\r\ntotal_net_input_bytes:900\r\n\
        total_net_output_bytes:9000\r\nclient_output_buffer_limit_disconnections:0\r\n\
        evicted_clients:0\r\nevicted_keys:0\r\nexpired_keys:0\r\npubsub_channels:1\r\nacl_access_denied_auth:0\r\n\
        # Commandstats\r\ncmdstat_publish:calls=5,usec=5,usec_per_call=1.00\r\n\
        cmdstat_spublish:calls=5,usec=5,usec_per_call=1.00\r\n\
        cmdstat_config|set:calls=5,usec=5,usec_per_call=1.00\r\n\
        cmdstat_client|kill:calls=0,usec=0,usec_per_call=0.00\r\n\
        # Replication\r\nrole:master\r\nconnected_slaves:0\r\n\
        # Cluster\r\ncluster_enabled:0\r\n# Keyspace\r\ndb0:keys=5,expires=1,avg_ttl=9\r\n
        """

    private func client(_ words: [String]) -> WireReply {
        switch words.dropFirst().first?.uppercased() {
        case "ID": .integer(7)
        case "GETNAME": .text("")
        case "LIST":
            .text(
                "id=7 addr=127.0.0.1:7 laddr=127.0.0.1:6379 fd=8 name= age=1 idle=0 flags=O db=0 sub=0 psub=0 ssub=0 "
                    + "multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd=monitor user=default\n"
            )
        default: .ok
        }
    }

    private func config(_ words: [String], _ flags: String) -> WireReply {
        guard words.count > 2, words[1].uppercased() == "GET" else { return .ok }
        let value = words[2] == "notify-keyspace-events" ? flags : "normal 0 0 0 slave 0 0 0 pubsub 33554432 8388608 60"
        return .map([(.text(words[2]), .text(value))])
    }

    private func pubsub(_ words: [String]) -> WireReply {
        switch words.dropFirst().first?.uppercased() {
        case "CHANNELS", "SHARDCHANNELS": .list(["one", "two"])
        case "NUMPAT": .integer(3)
        default: .array(words.dropFirst(2).flatMap { [.text($0), .integer(1)] })
        }
    }

    /// A node's number in the cluster.
    static func nodeID(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "a", count: 40 - text.count) + text
    }

    private func cluster(_ words: [String], _ port: Int) -> WireReply {
        switch words.dropFirst().first?.uppercased() {
        case "INFO": return .text("cluster_state:ok\r\ncluster_current_epoch:6\r\ncluster_my_epoch:2\r\n")
        case "MYID": return .text(Self.nodeID(0))
        case "SLOTS":
            let node = WireReply.array([.text("127.0.0.1"), .integer(port), .text(Self.nodeID(0)), .array([])])
            return .array([.array([.integer(0), .integer(16383), node])])
        case "SHARDS": return .array([Self.shard(0...16383, "127.0.0.1", port, 0)])
        default: return .ok
        }
    }

    /// A shard of one node, as CLUSTER SHARDS tells of it.
    static func shard(_ slots: ClosedRange<Int>?, _ host: String, _ port: Int, _ number: Int) -> WireReply {
        let node = WireReply.map([
            (.text("id"), .text(nodeID(number))), (.text("port"), .integer(port)), (.text("ip"), .text(host)),
            (.text("endpoint"), .text(host)), (.text("role"), .text("master")),
            (.text("replication-offset"), .integer(1)), (.text("health"), .text("online")),
        ])
        let ends = slots.map { [WireReply.integer($0.lowerBound), .integer($0.upperBound)] } ?? []
        return .map([(.text("slots"), .array(ends)), (.text("nodes"), .array([node]))])
    }

    private func sentinel(_ words: [String], _ port: Int) -> WireReply {
        switch words.dropFirst().first?.uppercased() {
        case "GET-MASTER-ADDR-BY-NAME": .list(["127.0.0.1", "\(port)"])
        case "MYID": .text(Self.nodeID(1))
        case "MASTER":
            .fields(["name": "shop", "ip": "127.0.0.1", "port": "\(port)", "flags": "master", "config-epoch": "3"])
        case "SENTINELS": .array([Self.instance("127.0.0.1", port, 1)])
        case "REPLICAS": .array([Self.instance("127.0.0.1", port, 2)])
        default: .ok
        }
    }

    /// A Sentinel or a replica, as Sentinels tell of it.
    static func instance(_ host: String, _ port: Int, _ number: Int) -> WireReply {
        .fields([
            "name": host, "ip": host, "port": "\(port)", "runid": nodeID(number), "flags": "slave",
            "master-link-status": "ok", "slave-priority": "100",
        ])
    }
}
