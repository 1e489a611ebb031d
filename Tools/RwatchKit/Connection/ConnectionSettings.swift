package import RedisCore
import RedisPOSIX
import RedisRESP
import RedisReactor

/// Where to connect, from the command line and the environment.
package struct ConnectionSettings: Sendable {
    /// A host, or `host:port`.
    package var host: String?
    package var port: UInt16?
    package var socket: String?
    package var urls: [String] = []
    /// Whether the server is a node of a cluster that is to be watched as a whole.
    package var isCluster = false
    /// How many nodes the cluster may have.
    package var maximumNodes: Int?
    /// Whether replicas are preferred, of a cluster or with Sentinels.
    package var wantsReplicas = false
    /// The name of a primary, when the server is a Sentinel.
    package var sentinelName: String?
    package var password: String?
    /// The file whose first line is the password.
    package var passwordFile: String?
    /// Whether the terminal is asked for the password.
    package var asksForPassword = false
    package var user: String?
    package var database: Int?
    /// Whether TLS is requested by an option.
    package var tls = false
    /// The PEM file of the authorities to trust.
    package var authorities: String?
    package var certificate: String?
    package var privateKey: String?
    /// The file whose first line is the password of the private key.
    package var keyPasswordFile: String?
    /// The name that the server's certificate has to contain.
    package var serverName: String?
    package var isInsecure = false
    package var protocolVersion: RedisConfiguration.ProtocolVersion?
    /// Whether a lost link is opened again.
    package var reconnects = true
    /// How long a link may be silent before a PING is sent; zero sends none.
    package var heartbeat: Duration = .seconds(15)
    /// How long the first connect may be retried.
    package var patience: Duration = .zero
    /// The largest accepted message, line or reply, in bytes; `nil` means the library's limit for messages.
    package var maxFrame: Int?

    /// Settings without any value.
    package init() {}

    /// The time limit of a first connect without patience. The lookup of the server's name has a limit of its own, and
    /// reconnecting a lost link may take longer.
    private static let impatientConnectTimeout = Duration.milliseconds(900)

    /// The configurations of all servers to watch. `environment` returns `RWATCH_URL`, which counts if the command line
    /// names no server; `REDISCLI_AUTH`, which counts if there is no other password; and `RWATCH_KEY_PASS` for the
    /// private key. An empty password counts as none.
    ///
    /// Options override the parts of a URL, part by part: host, port, socket, user, password, database and TLS. Throws
    /// `.invalidConfiguration`.
    package func configurations(
        environment: (String) -> [UInt8]? = ThisProcess.environment
    ) throws(RedisError) -> [RedisConfiguration] {
        var settings = self
        settings.password = try chosenPassword()
        return try settings.resolved(environment)
    }

    private func resolved(_ environment: (String) -> [UInt8]?) throws(RedisError) -> [RedisConfiguration] {
        let ofEnvironment = try Self.text("REDISCLI_AUTH", environment).nonEmpty
        let password = self.password.nonEmpty ?? ofEnvironment
        var configurations = try servers(password: password, environment)
        let keyPassword = try keyPassword(environment)
        for index in configurations.indices { try complete(&configurations[index], password, keyPassword) }
        configurations = try gathered(configurations)
        for configuration in configurations { try configuration.validate() }
        return configurations
    }

    /// The servers of the URLs and options.
    private func servers(
        password: String?,
        _ environment: (String) -> [UInt8]?
    ) throws(RedisError) -> [RedisConfiguration] {
        let place = try HostAndPort(host: host, port: port)
        let namesServer = host != nil || port != nil || socket != nil
        guard socket == nil || (host == nil && port == nil) else {
            throw .options("-s names the server already; leave out -h and -p")
        }
        guard socket != "" else { throw .options("-s is empty; it takes the path of a unix socket") }
        if urls.isEmpty && !namesServer, let url = try Self.text("RWATCH_URL", environment) {
            guard !url.isEmpty else {
                throw .options("RWATCH_URL is set and empty; it takes a URL such as redis://localhost:6379")
            }
            return [try configuration(of: url, password: password, from: "RWATCH_URL")]
        }
        var configurations: [RedisConfiguration] = []
        for url in urls { configurations.append(try configuration(of: url, password: password, from: "-u")) }
        if configurations.isEmpty {
            let usual: UInt16 = sentinelName == nil ? 6379 : 26379
            configurations = [RedisConfiguration(endpoint: .tcp(host: "localhost", port: usual))]
        }
        guard namesServer else { return configurations }
        guard configurations.count == 1, !configurations[0].namesSeveral else {
            throw .options("-h, -p and -s go with one server; the URLs name several")
        }
        try configurations[0].move(to: place, socket: socket)
        return configurations
    }

    private func configuration(
        of url: String,
        password: String?,
        from source: String
    ) throws(RedisError) -> RedisConfiguration {
        do throws(RedisError) { return try RedisConfiguration(url: url, password: password) } catch {
            var text = error.message
            if text.hasPrefix("URL: user without a password") {
                text += "; or give the password with -a or REDISCLI_AUTH"
            }
            throw .options(source == "-u" ? text : "\(text) (in \(source))")
        }
    }

    /// A variable that must be UTF-8.
    private static func text(_ name: String, _ environment: (String) -> [UInt8]?) throws(RedisError) -> String? {
        guard let bytes = environment(name) else { return nil }
        guard let text = RedisBytes(bytes).text else { throw .options("\(name) is not UTF-8") }
        return text
    }

    /// The password that the options give, from wherever they say.
    private func chosenPassword() throws(RedisError) -> String? {
        guard [password.nonEmpty != nil, passwordFile != nil, asksForPassword].count(where: \.self) <= 1 else {
            throw .options("-a, --pass-file and --askpass exclude each other")
        }
        if let passwordFile { return try Self.firstLine(of: passwordFile, "--pass-file") }
        guard asksForPassword else { return password }
        let line: [UInt8]?
        do throws(RedisSystemError) { line = try TerminalInput.readSecret(asking: "Password: ") } catch {
            throw .options("--askpass: there is no terminal to ask on: \(error.reason)")
        }
        guard let line, let text = RedisBytes(line).text, !text.isEmpty else {
            throw .options("--askpass: no password was given, or one that is not UTF-8")
        }
        return text
    }

    /// The first line of a file that holds a password.
    private static func firstLine(of path: String, _ option: String) throws(RedisError) -> String {
        var file = try LineInput(path: RedisBytes(path))
        guard let line = try file.nextLine(), let text = line.text, !text.isEmpty else {
            throw .options("\(option): the first line of \(path) is no password")
        }
        return text
    }

    private func keyPassword(_ environment: (String) -> [UInt8]?) throws(RedisError) -> String? {
        guard let keyPasswordFile else { return try Self.text("RWATCH_KEY_PASS", environment).nonEmpty }
        guard certificate != nil else { throw .options("--key-pass-file needs --cert") }
        return try Self.firstLine(of: keyPasswordFile, "--key-pass-file")
    }

    /// Combines several servers into the seeds of one cluster, or into the Sentinels of one primary, if the options say
    /// so.
    private func gathered(_ servers: [RedisConfiguration]) throws(RedisError) -> [RedisConfiguration] {
        guard !isCluster || sentinelName == nil else {
            throw .options("-c and --sentinel exclude each other")
        }
        var servers = servers
        if isCluster || sentinelName != nil {
            for index in servers.indices where servers[index].isAmongSeveral {
                guard servers.count == 1 else {
                    let text = "one URL names all seeds or Sentinels; leave out the others, or write redis://"
                    throw .options(text)
                }
                if isCluster == (servers[index].sentinel != nil) {
                    throw .options("the URL contradicts -c or --sentinel")
                }
            }
            for other in servers.dropFirst() {
                guard let difference = Self.difference(servers[0], other) else { continue }
                throw .options(
                    "the URLs of \(servers[0].endpoint) and \(other.endpoint) differ in \(difference): with "
                        + "\(isCluster ? "-c" : "--sentinel") they must agree"
                )
            }
            let endpoints = servers.map(\.endpoint)
            var whole = servers[0]
            if let sentinelName, whole.sentinel == nil {
                whole.sentinel = RedisSentinelConfiguration(sentinels: endpoints, name: sentinelName)
                // Sentinels use the same authorities and certificate as the servers that they watch.
                whole.sentinel?.tls = whole.tls
            } else if isCluster && whole.cluster == nil {
                whole.cluster = RedisClusterConfiguration(seeds: endpoints)
            }
            servers = [whole]
        }
        if let maximumNodes {
            guard servers.allSatisfy({ $0.cluster != nil }) else { throw .options("--max-nodes needs a cluster (-c)") }
            for index in servers.indices { servers[index].cluster?.maximumNodes = maximumNodes }
        }
        guard wantsReplicas else { return servers }
        guard servers.allSatisfy(\.isAmongSeveral) else {
            throw .options("--replicas needs a cluster (-c) or Sentinels (--sentinel)")
        }
        for index in servers.indices {
            servers[index].cluster?.nodes = .replica
            servers[index].sentinel?.server = .replica
        }
        return servers
    }

    /// The setting in which two servers differ that have to be one, options included. The error names the setting, but
    /// not its values.
    private static func difference(_ one: RedisConfiguration, _ other: RedisConfiguration) -> String? {
        if one.tls != other.tls { return "TLS (redis:// and rediss://)" }
        if one.credentials as? RedisCredentials != other.credentials as? RedisCredentials { return "user or password" }
        if one.database != other.database { return "database" }
        if one.protocolVersion != other.protocolVersion { return "protocol" }
        return one.clientName == other.clientName ? nil : "client_name"
    }

    private func complete(
        _ configuration: inout RedisConfiguration,
        _ password: String?,
        _ keyPassword: String?
    ) throws(RedisError) {
        configuration.credentials = try credentials(configuration.credentials as? RedisCredentials, password)
        try secure(&configuration, keyPassword)
        if let database { configuration.database = database }
        if let protocolVersion { configuration.protocolVersion = protocolVersion }
        configuration.clientName = configuration.clientName ?? "rwatch"
        configuration.heartbeat = heartbeat > .zero ? heartbeat : nil
        configuration.reconnect.isEnabled = reconnects
        configuration.reconnect.initialPatience = patience
        let limits = try frameLimits()
        configuration.limits = limits
        configuration.replyLimits = limits
        if patience == .zero { configuration.firstConnectTimeout = Self.impatientConnectTimeout }
    }

    /// The limit for messages also holds for replies, because no command of rwatch needs larger ones.
    private func frameLimits() throws(RedisError) -> RedisFrameLimits {
        var limits = RedisFrameLimits()
        guard let maxFrame else { return limits }
        guard 4096...(1 << 40) ~= maxFrame else { throw .options("--max-frame takes 4kb at least, and 1tb at most") }
        limits.bulkLength = maxFrame
        limits.lineLength = maxFrame
        // There is room for the names, as without the option.
        limits.frameLength = maxFrame + maxFrame / 64
        // A long list of short names is not larger than its bytes.
        limits.elements = max(limits.elements, maxFrame / 64)
        return limits
    }

    /// The user and the password, each from the first source that has it: an option, the URL, the environment.
    private func credentials(
        _ ofURL: RedisCredentials?,
        _ elsewhere: String?
    ) throws(RedisError) -> RedisCredentials? {
        let user = self.user.nonEmpty ?? ofURL?.username
        if let password = self.password.nonEmpty ?? ofURL?.password.nonEmpty ?? elsewhere {
            return RedisCredentials(username: user, password: password)
        }
        guard self.user.nonEmpty == nil else {
            throw .options(
                "--user needs a password: use -a, --pass-file or --askpass, or set REDISCLI_AUTH (any password will do for a nopass user)"
            )
        }
        return ofURL?.username.nonEmpty == nil ? nil : ofURL
    }

    private func secure(_ configuration: inout RedisConfiguration, _ keyPassword: String?) throws(RedisError) {
        if tls { configuration.tls = configuration.tls ?? RedisTLSConfiguration() }
        guard configuration.tls != nil else {
            let hasOption =
                authorities != nil || certificate != nil || privateKey != nil || keyPasswordFile != nil
                || serverName != nil || isInsecure
            if hasOption {
                throw .options(
                    "--cacert, --cert, --cert-key, --key-pass-file, --sni and --insecure need --tls, or a URL that begins with rediss://"
                )
            }
            return
        }
        guard certificate != nil || privateKey == nil else {
            throw .options("--cert-key needs --cert")
        }
        if isInsecure && authorities != nil {
            throw .options("--insecure verifies nothing, so --cacert has no effect")
        }
        if let authorities { configuration.tls?.authorities = .file(authorities) }
        if let certificate {
            configuration.tls?.identity = .init(
                certificate: certificate,
                privateKey: privateKey ?? certificate,
                password: keyPassword
            )
        }
        configuration.tls?.serverName = serverName
        if isInsecure { configuration.tls?.verification = .none }
        // Sentinels use the same authorities and certificate as the servers that they watch.
        if configuration.sentinel != nil { configuration.sentinel?.tls = configuration.tls }
    }
}

extension RedisConfiguration {
    /// Whether the configuration means several servers: those of a cluster, or those that Sentinels watch.
    var isAmongSeveral: Bool { cluster != nil || sentinel != nil }
}

extension RedisConfiguration {
    /// Whether its URL names more than one host.
    fileprivate var namesSeveral: Bool { (cluster?.seeds.count ?? sentinel?.sentinels.count ?? 1) > 1 }

    /// Replaces the server of a URL by that of `-h`, `-p` and `-s`.
    fileprivate mutating func move(to place: HostAndPort, socket: String?) throws(RedisError) {
        if let socket {
            guard !isAmongSeveral else { throw .options("-s is one server; the URL names a cluster or Sentinels") }
            endpoint = .unix(path: socket)
            return
        }
        guard case .tcp(let host, let port) = endpoint else {
            throw .options("the URL names a unix socket; leave out -h and -p")
        }
        endpoint = .tcp(host: place.host ?? host, port: place.port ?? port)
        if cluster != nil { cluster?.seeds = [endpoint] }
        if sentinel != nil { sentinel?.sentinels = [endpoint] }
    }
}

extension RedisError {
    /// The error for options that exclude each other.
    static func options(_ text: String) -> RedisError { RedisError(.invalidConfiguration, text) }
}

extension Optional<String> {
    /// The text, unless it is empty.
    fileprivate var nonEmpty: String? { self?.nonEmpty }
}

extension String {
    /// The text, unless it is empty.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
