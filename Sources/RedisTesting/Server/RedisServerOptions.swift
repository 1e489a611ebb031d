/// How a ``RedisServer`` is started. Every field has a default that suits a test.
public struct RedisServerOptions: Sendable {
    /// Where the server listens.
    public enum Transport: Hashable, Sendable {
        /// On a free port of 127.0.0.1, and of ::1 where this machine has IPv6.
        case tcp
        /// On a socket in the server's temporary folder only.
        case unix
        /// On both.
        case both
    }

    /// The server program: a path, or a name to be looked up in `PATH`. By default the environment variable
    /// `REDIS_SERVER`, else "redis-server".
    public var executable: String?
    /// Where the server listens.
    public var transport: Transport
    /// TLS on the TCP port, which then serves nothing else; the server listens on its socket, in clear, as well. `nil`
    /// for none.
    public var tls: ServerTLS?
    /// The password of the default user (`requirepass`). Passed in a file that only this user may read, not on the
    /// command line.
    public var password: String?
    /// More of the server's configuration, in the form of its command line, for example
    /// `["--notify-keyspace-events", "KEA"]`. Overrides what this package sets.
    public var arguments: [String]
    /// The beginning of the temporary folder's name.
    public var directoryPrefix: String
    /// How long a server may take from its start to its first PONG.
    public var startTimeout: Duration
    /// How long ``RedisServer/stop()`` waits after SIGTERM before it sends SIGKILL.
    public var stopTimeout: Duration
    /// How long ``RedisServer/command(_:)-(String...)`` may take in all.
    public var commandTimeout: Duration

    /// What the group asks for that the server is a member of; `nil` for a server by itself.
    var membership: ServerMembership?

    /// Options for a server; without arguments: TCP on a free port, no password, nothing saved to disk.
    ///
    /// - Parameters:
    ///   - executable: The server program; `nil` for `REDIS_SERVER` or "redis-server".
    ///   - transport: Where the server listens.
    ///   - tls: TLS on the TCP port; `nil` for none.
    ///   - password: The password of the default user; `nil` for none.
    ///   - arguments: More configuration in the form of the server's command line.
    ///   - directoryPrefix: The beginning of the temporary folder's name.
    ///   - startTimeout: The limit from start to ready.
    ///   - stopTimeout: The limit from SIGTERM to SIGKILL.
    ///   - commandTimeout: The limit for one command.
    public init(
        executable: String? = nil,
        transport: Transport = .tcp,
        tls: ServerTLS? = nil,
        password: String? = nil,
        arguments: [String] = [],
        directoryPrefix: String = "redis-testing-",
        startTimeout: Duration = .seconds(10),
        stopTimeout: Duration = .seconds(5),
        commandTimeout: Duration = .seconds(5)
    ) {
        self.executable = executable
        self.transport = transport
        self.tls = tls
        self.password = password
        self.arguments = arguments
        self.directoryPrefix = directoryPrefix
        self.startTimeout = startTimeout
        self.stopTimeout = stopTimeout
        self.commandTimeout = commandTimeout
    }

    /// Whether the server listens on a socket of its folder, always in clear.
    var listensOnSocket: Bool { transport != .tcp || tls != nil }

    /// What must not appear in an error.
    var secrets: [String] {
        var secrets = membership?.secrets ?? []
        if let password { secrets.append(password) }
        for (name, value) in zip(arguments, arguments.dropFirst())
        where ["--requirepass", "--masterauth"].contains(name.lowercased()) {
            secrets.append(value)
        }
        return secrets
    }
}
