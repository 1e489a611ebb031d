import Reactor
package import RedisCore

/// Where to connect, as the command line and the environment say it.
package struct ConnectionSettings: Sendable {
    package var host: String?
    package var port: UInt16?
    package var socket: String?
    package var url: String?
    package var password: String?
    package var user: String?
    package var database: Int?
    /// Whether TLS is asked for beside what the URL says.
    package var tls = false
    /// The PEM file of the authorities to trust.
    package var authorities: String?
    package var certificate: String?
    package var privateKey: String?
    /// The name that the server's certificate has to bear.
    package var serverName: String?
    package var isInsecure = false
    package var protocolVersion: RedisConfiguration.ProtocolVersion?
    /// Whether a lost link is opened again.
    package var reconnects = true
    /// After how long a silence the server is asked for a sign of life; zero never asks.
    package var heartbeat: Duration = .seconds(15)
    /// How long the first connect may be retried.
    package var patience: Duration = .zero

    /// Nothing said yet.
    package init() {}

    /// A first connect without patience fails within a second, name lookup included.
    private static let impatientConnectTimeout = Duration.milliseconds(900)

    /// The configuration. `environment` gives `RWATCH_URL`, which counts when the command line names no server, and
    /// `REDISCLI_AUTH`, which counts when nothing else names a password. Throws `.invalidConfiguration`.
    package func configuration(
        environment: (String) -> String? = ThisProcess.environment
    ) throws(RedisError) -> RedisConfiguration {
        let namesServer = host != nil || port != nil || socket != nil
        guard url == nil || !namesServer else {
            throw RedisError(.invalidConfiguration, "-u names the server already; leave out -h, -p and -s")
        }
        guard socket == nil || (host == nil && port == nil) else {
            throw RedisError(.invalidConfiguration, "-s names the server already; leave out -h and -p")
        }
        var configuration = RedisConfiguration()
        if let url = url ?? (namesServer ? nil : environment("RWATCH_URL")) {
            configuration = try RedisConfiguration(url: url)
        } else if let socket {
            configuration.endpoint = .unix(path: socket)
        } else {
            configuration.endpoint = .tcp(host: host ?? "localhost", port: port ?? 6379)
        }
        if let password = password ?? (configuration.credentials == nil ? environment("REDISCLI_AUTH") : nil) {
            configuration.credentials = RedisCredentials(username: user, password: password)
        } else if user != nil {
            throw RedisError(.invalidConfiguration, "--user needs a password: -a, or REDISCLI_AUTH in the environment")
        }
        try secure(&configuration)
        if let database { configuration.database = database }
        if let protocolVersion { configuration.protocolVersion = protocolVersion }
        configuration.clientName = configuration.clientName ?? "rwatch"
        configuration.heartbeat = heartbeat > .zero ? heartbeat : nil
        configuration.reconnect.isEnabled = reconnects
        configuration.reconnect.initialPatience = patience
        if patience == .zero { configuration.connectTimeout = Self.impatientConnectTimeout }
        try configuration.validate()
        return configuration
    }

    private func secure(_ configuration: inout RedisConfiguration) throws(RedisError) {
        if tls { configuration.tls = configuration.tls ?? TLSConfiguration() }
        guard configuration.tls != nil else {
            if authorities != nil || certificate != nil || privateKey != nil || serverName != nil || isInsecure {
                throw RedisError(
                    .invalidConfiguration,
                    "--cacert, --cert, --key, --sni and --insecure need --tls, or a URL that begins with rediss://"
                )
            }
            return
        }
        guard certificate != nil || privateKey == nil else {
            throw RedisError(.invalidConfiguration, "--key needs --cert")
        }
        if isInsecure && authorities != nil {
            throw RedisError(.invalidConfiguration, "--insecure verifies nothing, so --cacert has no use")
        }
        if let authorities { configuration.tls?.authorities = .file(authorities) }
        if let certificate {
            configuration.tls?.identity = .init(certificate: certificate, privateKey: privateKey ?? certificate)
        }
        configuration.tls?.serverName = serverName
        if isInsecure { configuration.tls?.verification = .none }
    }
}
