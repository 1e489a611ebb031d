/// The configuration file of one server process.
struct ServerConfiguration {
    let options: RedisServerOptions
    let directory: String
    /// The TCP port; 0 for none.
    let port: Int
    /// Whether to ask for `DEBUG`, which servers before 7.0 neither restrict nor let configure.
    let enablesDebugCommand: Bool

    /// The path of the server's log, also of what it prints before it has opened that.
    static func logPath(_ directory: String) -> String { "\(directory)/redis-server.log" }

    /// The path of the server's socket.
    static func socketPath(_ directory: String) -> String { "\(directory)/redis.sock" }

    /// The path of the configuration file itself.
    static func path(_ directory: String) -> String { "\(directory)/redis.conf" }

    /// The text of the file. Values are quoted, so that a path or a password may contain anything.
    var text: String {
        var lines: [(name: String, value: String)] = [
            ("daemonize", "no"), ("save", ""), ("appendonly", "no"),
            ("dir", directory), ("logfile", Self.logPath(directory)),
        ]
        lines += ports
        if options.listensOnSocket { lines.append(("unixsocket", Self.socketPath(directory))) }
        if let password = options.password { lines.append(("requirepass", password)) }
        if enablesDebugCommand { lines.append((Self.debugOption, "yes")) }
        var text = lines.map { "\($0.name) \(escaped($0.value.utf8))\n" }.joined()
        if let membership = options.membership {
            for line in membership.lines {
                text += "\(line.name) \(line.values.map { escaped($0.utf8) }.joined(separator: " "))\n"
            }
            // The members know each other by this address alone.
            return text + "bind 127.0.0.1\n"
        }
        // One line with two values, where ::1 exists; a server refuses to start when it cannot bind one of them.
        text += FreePort.hasIPv6Loopback ? "bind 127.0.0.1 ::1\n" : "bind 127.0.0.1\n"
        return text
    }

    private var ports: [(name: String, value: String)] {
        guard let tls = options.tls else { return [("port", "\(port)")] }
        return [
            ("port", "0"), ("tls-port", "\(port)"), ("tls-ca-cert-file", tls.certificates.authority),
            ("tls-cert-file", tls.identity.certificate), ("tls-key-file", tls.identity.privateKey),
            ("tls-auth-clients", tls.requiresClientCertificate ? "yes" : "no"),
        ]
    }

    static let debugOption = "enable-debug-command"
}
