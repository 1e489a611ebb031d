extension RedisServer {
    /// The path of the server's Unix socket; `nil` when it listens on TCP only.
    public var socketPath: String? {
        !options.listensOnSocket ? nil : ServerConfiguration.socketPath(directory)
    }

    /// What the server has logged so far, over all its restarts; empty after ``stop()``.
    public var log: String { FileSystem.readText(ServerConfiguration.logPath(directory)) }

    /// Where clients connect: ``tcpURL``, or ``unixURL`` when the server listens on a Unix socket only. Contains the
    /// password when there is one.
    public var url: String { tcpURL ?? unixURL ?? "" }

    /// `redis://127.0.0.1:6379`, with a password `redis://:secret@127.0.0.1:6379` (percent-encoded); with TLS the
    /// scheme is `rediss` and the host `localhost`; `nil` when the server listens on a Unix socket only.
    public var tcpURL: String? {
        guard options.transport != .unix else { return nil }
        let start = options.tls == nil ? "redis://\(userInformation)127.0.0.1" : "rediss://\(userInformation)localhost"
        return "\(start):\(port)"
    }

    /// `redis+unix:///path/to/redis.sock`, with a password `redis+unix://:secret@/path/to/redis.sock`
    /// (percent-encoded); `nil` when the server listens on TCP only.
    public var unixURL: String? {
        socketPath.map { "redis+unix://\(userInformation)\($0.percentEncoded(allowing: "/"))" }
    }

    var userInformation: String {
        options.password.map { ":\($0.percentEncoded())@" } ?? ""
    }
}
