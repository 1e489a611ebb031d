import Foundation

/// A command of rwatch with the way in which it finds its servers, and what it asks them.
struct RwatchForm: Sendable, CustomStringConvertible {
    var words: [String]
    /// The stages that an honest server goes through within a moment.
    var stages: [String]
    /// The server's `notify-keyspace-events`; a run that sets what is missing finds nothing set.
    var flags: String { words.contains("--enable") ? "" : "AKE" }
    /// Whether it goes on until it is told to end.
    var isWatch: Bool { !["channels", "pub", "replay", "complete-names", "bench"].contains(words[0]) }
    /// How it ends at an honest server, which delivers nothing that is published.
    var honestStatus: Int32 { isWatch ? 128 + SIGTERM : words[0] == "bench" ? 1 : 0 }

    var description: String { words.joined(separator: " ") }

    func arguments(port: Int) -> [String] {
        words.map { $0 == "FILE" ? Self.recording : $0 } + ["-h", "127.0.0.1", "-p", "\(port)"]
    }

    /// What is replayed: commands of two clients in two databases, a transaction, and a message.
    static let recording: String = {
        let lines = """
            1700000000.000001 [0 127.0.0.1:7] "SET" "k" "v"
            1700000000.000002 [1 127.0.0.1:8] "SET" "k" "w"
            1700000000.000003 [0 127.0.0.1:7] "MULTI"
            1700000000.000004 [0 127.0.0.1:7] "SET" "k" "x"
            1700000000.000005 [0 127.0.0.1:7] "EXEC"
            1700000000.000006 message "c" "payload"

            """
        let name = "hostile-\(UUID().uuidString).txt"
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        _ = FileManager.default.createFile(atPath: path, contents: Data(lines.utf8))
        return path
    }()

    private static let hello = ["accept", "HELLO", "CLIENT SETINFO", "INFO SERVER"]
    private static let setName = ["accept", "CLIENT SETNAME", "CLIENT SETINFO", "INFO SERVER"]
    private static let auth = ["accept", "AUTH", "CLIENT SETNAME", "CLIENT SETINFO", "INFO SERVER"]
    private static let shards = ["CLUSTER INFO", "CLUSTER SHARDS"]
    private static let sentinels = [
        "SENTINEL GET-MASTER-ADDR-BY-NAME", "SENTINEL MASTER", "SENTINEL MYID", "SENTINEL SENTINELS",
    ]
    private static let keys = [
        "INFO STATS", "PSUBSCRIBE", "event", "CONFIG GET", "CLIENT LIST", "INFO COMMANDSTATS",
    ]
    private static let monitor = ["INFO STATS", "MONITOR", "event"]
    private static let lists = [
        "PUBSUB CHANNELS", "PUBSUB NUMSUB", "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB", "PUBSUB NUMPAT",
    ]
    private static let stream = ["XINFO", "MULTI", "XRANGE", "EXEC", "XREAD"]
    private static let stats = ["INFO ALL", "CLIENT LIST", "HOTKEYS"]
    private static let web = ["INFO", "INFO COMMANDSTATS"]
    private static func sub(_ verbs: String...) -> [String] { ["INFO STATS", "INFO ALL"] + verbs + ["event"] }

    private init(_ words: String, _ stages: [String]...) {
        self.words = words.split(separator: " ").map(String.init)
        self.stages = stages.flatMap { $0 }
    }

    static let single = [
        RwatchForm("sub a b -P p* -S s", hello, sub("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE")),
        RwatchForm("sub a --json -2 -a password", auth, sub("SUBSCRIBE")),
        RwatchForm("psubscribe p* --raw", hello, sub("PSUBSCRIBE")),
        RwatchForm("ssubscribe s -2 --csv", setName, sub("SSUBSCRIBE")),
        RwatchForm("monitor", hello, monitor),
        RwatchForm("monitor -o line --redact values", hello, ["COMMAND"], monitor),
        RwatchForm("monitor --json -n 1 -2", setName, ["SELECT", "CLIENT ID"], monitor),
        RwatchForm("monitor --names --lua attribute", hello, ["CLIENT LIST"], monitor),
        RwatchForm("monitor -F %n:%u --replicated --self -2", setName, ["CLIENT LIST"], monitor),
        RwatchForm("stat --depth 2", hello, ["COMMAND"], monitor),
        RwatchForm("stat sub a -P p* --json", hello, sub("SUBSCRIBE", "PSUBSCRIBE")),
        RwatchForm("top --json -i 250ms", ["accept", "HELLO", "PING"], stats, lists),
        RwatchForm("top --batch -2 --source monitor", ["accept", "HELLO", "INFO ALL", "COMMAND"], monitor),
        RwatchForm("web", hello, ["PING"], web, ["CLIENT LIST", "PUBSUB CHANNELS", "PUBSUB NUMSUB"]),
        RwatchForm("bench --rate 100 --for 100ms", hello, ["SUBSCRIBE", "PING", "PUBLISH"]),
        RwatchForm("keys -a password", hello, keys),
        RwatchForm("keys k* --enable --json -n 1", hello, ["SELECT", "CONFIG SET", "CLIENT SETNAME"], keys),
        RwatchForm("stream s --from start", hello, stream),
        RwatchForm("stream s t --from start --json -2", setName, ["CLIENT ID"], stream),
        RwatchForm("channels", hello, lists),
        RwatchForm("channels --json -2 -a password", auth, lists),
        RwatchForm("pub c message", hello, ["PUBLISH"]),
        RwatchForm("replay FILE --speed max", hello, ["COMMAND", "SELECT", "SET", "MULTI", "EXEC", "PUBLISH"]),
        RwatchForm("complete-names channels", hello, ["PUBSUB CHANNELS", "PUBSUB SHARDCHANNELS"]),
        RwatchForm("complete-names keys -2", setName, ["SCAN"]),
    ]
    static let cluster = [
        RwatchForm("sub a -S s -c", hello, shards, ["INFO STATS", "SUBSCRIBE", "event", "SSUBSCRIBE"]),
        RwatchForm("ssubscribe s -c -2", setName, shards, ["INFO STATS", "ROLE", "SSUBSCRIBE", "event"]),
        RwatchForm("monitor -c", hello, shards, monitor),
        RwatchForm("monitor -c --names", hello, shards, monitor, ["CLIENT LIST"]),
        RwatchForm("keys -c", hello, shards, keys),
        RwatchForm("channels -c", hello, shards, lists),
        RwatchForm("top --json -c -i 250ms", hello, shards, stats),
        RwatchForm("web -c", hello, shards, web),
        RwatchForm("pub c message --shard -c", hello, shards, ["SPUBLISH"]),
    ]
    /// For what is told of replicas.
    static let clusterReplicas = [
        RwatchForm("monitor -c --replicas", hello, shards, monitor),
        RwatchForm("keys -c --replicas", hello, shards, keys),
        RwatchForm("channels -c --replicas", hello, shards, lists),
    ]
    static let sentinel = [
        RwatchForm("sub a --sentinel shop", hello, sentinels, sub("SUBSCRIBE")),
        RwatchForm(
            "psubscribe p* --sentinel shop -2 --replicas",
            setName,
            sentinels,
            ["SENTINEL REPLICAS", "ROLE"],
            sub("PSUBSCRIBE")
        ),
        RwatchForm("monitor --sentinel shop", hello, sentinels, monitor),
        RwatchForm("keys --sentinel shop", hello, sentinels, keys),
        RwatchForm("top --json --sentinel shop -i 250ms", ["accept", "HELLO", "PING"], sentinels, stats),
        RwatchForm("channels --sentinel shop", hello, sentinels, lists),
        RwatchForm("pub c message --sentinel shop", hello, sentinels, ["PUBLISH"]),
    ]
    /// Forms that ask something a while after the beginning, and what that is.
    static let later = [
        RwatchForm("monitor", ["CLIENT LIST"]), RwatchForm("monitor -c -2", ["CLIENT LIST"]),
        RwatchForm("sub a --heartbeat 200ms", ["PING"]), RwatchForm("sub a --heartbeat 200ms -2", ["PING"]),
        RwatchForm("keys --heartbeat 200ms", ["PING"]), RwatchForm("monitor --heartbeat 200ms --guard 0", ["PING"]),
        RwatchForm("monitor --sentinel shop", ["SUBSCRIBE"]), RwatchForm("keys --sentinel shop -2", ["SUBSCRIBE"]),
    ]
    static let all = single + cluster + sentinel
}
