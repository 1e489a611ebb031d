import ArgumentParser
import RedisCore
import RwatchKit

/// Where to connect.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .joined("h", "host"),
        help: ArgumentHelp("The server's host, or host:port (default: localhost).", valueName: "host")
    )
    var host: String?

    @Option(name: .joined("p", "port"), help: ArgumentHelp("The server's port (default: 6379).", valueName: "port"))
    var port: String?

    @Option(name: .joined("s", "socket"), help: ArgumentHelp("The server's unix socket.", valueName: "path"))
    var socket: String?

    @Option(
        name: .joined("u", "uri"),
        help: ArgumentHelp(
            """
            redis[s]://[[user]:password@]host[:port][/db] or redis+unix:///path; @name is a target of the configuration \
            file. May be repeated. Other options override the corresponding parts.
            """,
            valueName: "url"
        )
    )
    var urls: [String] = []

    @Flag(name: [.customShort("c"), .customLong("cluster")], help: "The server is a cluster node: watch the cluster.")
    var cluster = false

    @Option(
        name: .customLong("max-nodes"),
        help: ArgumentHelp(
            "With -c: refuse a cluster of more nodes, including replicas (default: 1000; at most 4096).",
            valueName: "n"
        )
    )
    var maximumNodes: Int?

    @Option(
        help: ArgumentHelp("The server is a Sentinel that monitors the primary of this name.", valueName: "name")
    )
    var sentinel: String?

    @Option(
        name: .joined("a", "pass"),
        help: ArgumentHelp("The password. REDISCLI_AUTH in the environment is safer.", valueName: "password")
    )
    var password: String?

    @Option(
        name: .customLong("pass-file"),
        help: ArgumentHelp(
            "Read the password from the first line of this file; - is standard input.",
            valueName: "file"
        )
    )
    var passwordFile: String?

    @Flag(help: "Ask for the password on the terminal.")
    var askpass = false

    @Option(help: ArgumentHelp("The ACL user.", valueName: "name"))
    var user: String?

    @Flag(help: "Use TLS and verify the server's certificate, like rediss://.")
    var tls = false

    @Option(help: ArgumentHelp("Trust only the authorities in this PEM file.", valueName: "file"))
    var cacert: String?

    @Option(help: ArgumentHelp("Present this certificate when the server asks for one.", valueName: "file"))
    var cert: String?

    @Option(
        name: .customLong("cert-key"),
        help: ArgumentHelp("The private key of --cert (default: in the same file).", valueName: "file")
    )
    var certificateKey: String?

    @Option(
        name: .customLong("key-pass-file"),
        help: ArgumentHelp(
            "Read the private key's password from the first line of this file. RWATCH_KEY_PASS works too.",
            valueName: "file"
        )
    )
    var keyPasswordFile: String?

    @Option(help: ArgumentHelp("The server's name in its certificate (default: the host).", valueName: "name"))
    var sni: String?

    @Flag(help: "Do not verify the server: anybody in between can read and change everything.")
    var insecure = false

    @Flag(name: .customShort("2"), help: "Use RESP2.")
    var usesRESP2 = false

    @Flag(name: .customShort("3"), help: "Use RESP3, or RESP2 if the server does not know it (default).")
    var usesRESP3 = false

    @Option(
        name: .customLong("wait"),
        help: ArgumentHelp(
            "Wait that long for the server at the start; --wait means --wait 30s, 0 does not wait.",
            valueName: "time"
        ),
        transform: parseDuration
    )
    var patience: Duration?

    @Option(
        name: .customLong("max-frame"),
        help: ArgumentHelp(
            "Close the link rather than accept a larger payload, line or reply; at least 4kb (default: 64mb).",
            valueName: "size"
        ),
        transform: parseSize
    )
    var maxFrame: Int?

    @Flag(
        name: .customLong("allow-core-dumps"),
        help: "Allow core files and debuggers, although passwords are in memory."
    )
    var allowsCoreDumps = false

    func validate() throws {
        // Checked here, because the parser would repeat a value that is not a number, and in other programs -p is the
        // password.
        if let port, UInt16(port) ?? 0 == 0 {
            throw ValidationError("-p takes a port, a number from 1 to 65535; the password's option is -a")
        }
        if usesRESP2 && usesRESP3 { throw ValidationError("-2 and -3 exclude each other") }
    }

    /// The settings of these options.
    var settings: ConnectionSettings {
        var settings = ConnectionSettings()
        settings.host = host
        settings.port = port.flatMap { UInt16($0) }
        settings.socket = socket
        settings.urls = urls
        settings.isCluster = cluster
        settings.maximumNodes = maximumNodes
        settings.sentinelName = sentinel
        settings.password = password
        settings.passwordFile = passwordFile
        settings.asksForPassword = askpass
        settings.user = user
        settings.tls = tls
        settings.authorities = cacert
        settings.certificate = cert
        settings.privateKey = certificateKey
        settings.keyPasswordFile = keyPasswordFile
        settings.serverName = sni
        settings.isInsecure = insecure
        settings.protocolVersion = usesRESP2 ? .resp2 : usesRESP3 ? .resp3 : nil
        settings.patience = patience ?? .zero
        settings.maxFrame = maxFrame
        return settings
    }

    static let rules = [
        OptionRule("-h", "--host", value: .text, secrecy: .host), OptionRule("-p", "--port", value: .text),
        OptionRule("-s", "--socket", value: .text), OptionRule("-u", "--uri", value: .text, secrecy: .url),
        OptionRule("-c", "--cluster"), OptionRule("--max-nodes", value: .text),
        OptionRule("--sentinel", value: .text),
        OptionRule("-a", "--pass", value: .text, secrecy: .whole), OptionRule("--user", value: .text),
        OptionRule("--pass-file", value: .text), OptionRule("--askpass"),
        OptionRule("--tls"),
        OptionRule("--cacert", value: .text), OptionRule("--cert", value: .text),
        OptionRule("--cert-key", value: .text),
        OptionRule("--key-pass-file", value: .text), OptionRule("--sni", value: .text), OptionRule("--insecure"),
        OptionRule("-2"), OptionRule("-3"), OptionRule("--allow-core-dumps"),
        OptionRule(
            "--wait",
            value: .optional(default: "30s", accepts: { $0.first?.isNumber == true })
        ),
        OptionRule("--max-frame", value: .text),
    ]
}

/// The options for the links of a watch.
struct LinkOptions: ParsableArguments {
    @Flag(help: "Show which server each line comes from.")
    var node = false

    @Flag(name: .customLong("no-reconnect"), help: "End with status 69 when the link is lost.")
    var staysLost = false

    @Option(
        help: ArgumentHelp("Send a heartbeat after that time of silence; 0 never does.", valueName: "time"),
        transform: parseDuration
    )
    var heartbeat: Duration = .seconds(15)

    @Flag(help: "Start a private server for this run.")
    var embedded = false

    @OptionGroup var replica: ReplicaOption

    /// Throws for what is read by its key, wherever that is.
    func refuseNode() throws {
        if node { throw ValidationError("--node is not for streams: their entries come from wherever the key is") }
    }

    static let rules =
        [
            OptionRule("--node"), OptionRule("--no-reconnect"), OptionRule("--heartbeat", value: .text),
            OptionRule("--embedded"),
        ] + ReplicaOption.rules

    /// The servers of the run, with the settings of `connection`.
    func target(
        _ connection: ConnectionOptions,
        _ privateKey: PrivateKeyOption? = nil,
        database: Int? = nil
    ) throws -> Target {
        var settings = connection.settings
        try privateKey?.apply(to: &settings)
        settings.wantsReplicas = replica.replicas
        settings.database = database
        settings.reconnects = !staysLost
        settings.heartbeat = heartbeat
        let configurations = try settings.configurations()
        guard embedded else { return Target(.servers(configurations), tellsNodes: node) }
        guard configurations.count == 1, !connection.cluster, connection.sentinel == nil else {
            throw ValidationError("--embedded is one server of its own; leave out -c, --sentinel and all but one -u")
        }
        return Target(.embedded(configurations[0]), tellsNodes: node)
    }
}

/// `--key` as redis-cli has it, for the commands that do not select keys by it.
struct PrivateKeyOption: ParsableArguments {
    @Option(help: ArgumentHelp("The same as --cert-key.", valueName: "file"))
    var key: String?

    static let rules = [OptionRule("--key", value: .text)]

    /// Adds the key to the settings of the connection.
    func apply(to settings: inout ConnectionSettings) throws {
        guard let key else { return }
        guard settings.privateKey == nil else { throw ValidationError("--key and --cert-key are the same option") }
        settings.privateKey = key
    }
}

/// Whether replicas are preferred.
struct ReplicaOption: ParsableArguments {
    @Flag(help: "In a cluster or with Sentinels, use replicas where there are any.")
    var replicas = false

    static let rules = [OptionRule("--replicas")]
}

/// Reads a time such as `10s`.
@Sendable func parseDuration(_ text: String) throws -> Duration {
    do { return try DurationText.parse(text) } catch { throw ValidationError("\(error)") }
}

/// Reads a size such as `32mb`.
@Sendable func parseSize(_ text: String) throws -> Int {
    do { return try ByteSizeText.parse(text) } catch { throw ValidationError("\(error)") }
}

extension NameSpecification {
    /// A short form whose value may follow directly, as in `-p6380`, and a long form.
    static func joined(_ short: Character, _ long: String) -> NameSpecification {
        [.customShort(short, allowingJoined: true), .customLong(long)]
    }
}

extension String {
    /// The heading of the connection's options in each help.
    static let connectionTitle = "Connection"
    /// The heading of a command's own options.
    static let ownTitle = "What to print"
    /// The heading of the options that select events.
    static let selectionTitle = "Which of them"
    /// The heading of the options that end a watch.
    static let endTitle = "When to end"

    static let keepTitle = "Where the output goes"

    static let reportTitle = "What is reported"
}
