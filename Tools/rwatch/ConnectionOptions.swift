import ArgumentParser
import RedisCore
import RwatchKit

/// Where to connect.
struct ConnectionOptions: ParsableArguments {
    @Option(name: .joined("h", "host"), help: ArgumentHelp("The server's host.", valueName: "host"))
    var host: String?

    @Option(name: .joined("p", "port"), help: ArgumentHelp("The server's port (default: 6379).", valueName: "port"))
    var port: String?

    @Option(name: .joined("s", "socket"), help: ArgumentHelp("The server's unix socket.", valueName: "path"))
    var socket: String?

    @Option(
        name: .joined("u", "uri"),
        help: ArgumentHelp(
            "redis[s]://[[user]:password@]host[:port][/db] or redis+unix:///path; may be given again.",
            valueName: "url"
        )
    )
    var urls: [String] = []

    @Flag(name: [.customShort("c"), .customLong("cluster")], help: "The server is a node of a cluster: watch it all.")
    var cluster = false

    @Flag(help: "In a cluster or with Sentinels, watch replicas where there are some.")
    var replicas = false

    @Option(
        help: ArgumentHelp("The server is a Sentinel that knows the primary by that name.", valueName: "name")
    )
    var sentinel: String?

    @Flag(help: "Tell which server each line is from.")
    var node = false

    @Option(
        name: .joined("a", "pass"),
        help: ArgumentHelp("The password. REDISCLI_AUTH in the environment is safer.", valueName: "password")
    )
    var password: String?

    @Option(help: ArgumentHelp("The ACL user.", valueName: "name"))
    var user: String?

    @Option(
        name: .joined("n", "db"),
        help: ArgumentHelp("The database. Only keys depends on it.", valueName: "number")
    )
    var database: Int?

    @Flag(help: "Speak TLS and verify the server's certificate, as rediss:// does.")
    var tls = false

    @Option(help: ArgumentHelp("Trust the authorities of this PEM file, and no others.", valueName: "file"))
    var cacert: String?

    @Option(help: ArgumentHelp("Show this certificate to a server that asks for one.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("The private key of --cert (default: in the same file).", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("The server's name in its certificate (default: the host).", valueName: "name"))
    var sni: String?

    @Flag(help: "Verify nothing: whoever stands between can read and change all.")
    var insecure = false

    @Flag(name: .customShort("2"), help: "Speak RESP2.")
    var usesRESP2 = false

    @Flag(name: .customShort("3"), help: "Speak RESP3, and RESP2 where it is unknown (default).")
    var usesRESP3 = false

    @Flag(name: .customLong("no-reconnect"), help: "End with status 69 when the link is lost.")
    var staysLost = false

    @Option(
        name: .customLong("wait"),
        help: ArgumentHelp("Wait that long for the server at first: --wait means --wait=30s.", valueName: "time"),
        transform: parseDuration
    )
    var patience: Duration?

    @Option(
        help: ArgumentHelp("Ask a silent server for a sign of life after that time; 0 never.", valueName: "time"),
        transform: parseDuration
    )
    var heartbeat: Duration = .seconds(15)

    @Flag(help: "Use a private server, started for this run.")
    var embedded = false

    func validate() throws {
        // By hand: the parser would repeat a value that is no number, and elsewhere -p is the password.
        if let port, UInt16(port) ?? 0 == 0 {
            throw ValidationError("-p takes a port, a number from 1 to 65535; the password's option is -a")
        }
        if usesRESP2 && usesRESP3 { throw ValidationError("-2 and -3 exclude each other") }
    }

    /// The server of the run. Ends the process when the options contradict each other.
    func target() throws -> Target {
        var settings = ConnectionSettings()
        settings.host = host
        settings.port = port.flatMap { UInt16($0) }
        settings.socket = socket
        settings.urls = urls
        settings.isCluster = cluster
        settings.wantsReplicas = replicas
        settings.sentinelName = sentinel
        settings.password = password
        settings.user = user
        settings.database = database
        settings.tls = tls
        settings.authorities = cacert
        settings.certificate = cert
        settings.privateKey = key
        settings.serverName = sni
        settings.isInsecure = insecure
        settings.protocolVersion = usesRESP2 ? .resp2 : usesRESP3 ? .resp3 : nil
        settings.reconnects = !staysLost
        settings.heartbeat = heartbeat
        settings.patience = patience ?? .zero
        do {
            let configurations = try settings.configurations()
            guard embedded else { return Target(.servers(configurations), tellsNodes: node) }
            guard configurations.count == 1, !cluster, sentinel == nil else {
                throw ValidationError(
                    "--embedded is one server of its own; leave out -c, --sentinel and all but one -u"
                )
            }
            return Target(.embedded(configurations[0]), tellsNodes: node)
        } catch let error as RedisError { throw ValidationError("\(error)") }
    }

    /// The same options as words, for those that stand before the command.
    static let names: [GlobalOption] = [
        GlobalOption("-h", "--host", takesValue: true), GlobalOption("-p", "--port", takesValue: true),
        GlobalOption("-s", "--socket", takesValue: true), GlobalOption("-u", "--uri", takesValue: true),
        GlobalOption("-c", "--cluster", takesValue: false), GlobalOption("--replicas", takesValue: false),
        GlobalOption("--sentinel", takesValue: true), GlobalOption("--node", takesValue: false),
        GlobalOption("-a", "--pass", takesValue: true), GlobalOption("--user", takesValue: true),
        GlobalOption("-n", "--db", takesValue: true), GlobalOption("--tls", takesValue: false),
        GlobalOption("--cacert", takesValue: true), GlobalOption("--cert", takesValue: true),
        GlobalOption("--key", takesValue: true), GlobalOption("--sni", takesValue: true),
        GlobalOption("--insecure", takesValue: false), GlobalOption("-2", takesValue: false),
        GlobalOption("-3", takesValue: false), GlobalOption("--no-reconnect", takesValue: false),
        GlobalOption("--wait", takesValue: true), GlobalOption("--heartbeat", takesValue: true),
        GlobalOption("--embedded", takesValue: false), GlobalOption("-q", "--quiet", takesValue: false),
    ]
}

/// Reads a time such as `10s`.
@Sendable func parseDuration(_ text: String) throws -> Duration {
    do { return try DurationText.parse(text) } catch { throw ValidationError("\(error)") }
}

extension NameSpecification {
    /// A short form whose value may follow at once, as in `-p6380`, and a long one.
    static func joined(_ short: Character, _ long: String) -> NameSpecification {
        [.customShort(short, allowingJoined: true), .customLong(long)]
    }
}
