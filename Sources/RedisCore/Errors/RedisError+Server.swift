extension RedisError {
    /// An error line of the server, without its type byte, as a typed error.
    ///
    /// Only the first word decides: the rest of the text differs by version.
    package static func server(_ line: String, at endpoint: RedisEndpoint?, _ phase: Phase) -> RedisError {
        var error = RedisError(code(for: line), .repeated(line), endpoint: endpoint, phase: phase)
        error.serverMessage = line
        return error
    }

    /// The first word of the server's line, such as `NOPERM`, when there is one of printable ASCII.
    public var serverPrefix: String? { serverMessage?.utf8.firstWord }

    /// Whether this is a server's reply on a link that was ready.
    package var isAnswer: Bool { serverMessage != nil && phase != .connect && phase != .handshake }

    /// Whether the server does not have the command, has renamed it, or denies it to everybody. Servers and proxies use
    /// many texts for that.
    package var lacksCommand: Bool {
        guard code == .serverError, let line = serverMessage?.utf8 else { return false }
        return [
            "unknown command", "unknown subcommand", "unsupported", "not supported", "not support ",
            "command not found",
            "disabled", "not available", "not implemented", "is not allowed",
        ].contains { line.containsText($0, ignoringCase: true) }
    }

    static func code(for line: String) -> Code {
        switch line.utf8.firstWord {
        // Protected mode denies connections from other hosts.
        case "NOPERM", "DENIED": .notPermitted
        case "NOAUTH", "WRONGPASS": .authenticationFailed
        // Redis 5 has no WRONGPASS.
        case "ERR" where line.utf8.begins(with: "ERR invalid password"): .authenticationFailed
        default: .serverError
        }
    }

    /// Whether the server is running but not ready, because it loads its data or executes a long script.
    package var isOfServerNotReady: Bool { ["LOADING", "BUSY", "MASTERDOWN"].contains(serverPrefix) }

    /// Whether a server is down or not ready, so that it has not refused anything.
    package var isOutage: Bool {
        switch code {
        case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost, .timedOut, .wrongRole, .noServer:
            true
        case .serverError: isTransient
        default: false
        }
    }

    /// Whether the reason of the refusal is temporary, so that the same command may succeed later.
    package var isTransient: Bool {
        switch serverPrefix {
        case _ where isMaxClients: true
        case "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN": true
        default: false
        }
    }
}

extension String {
    /// The server's line for display.
    static func repeated(_ line: String) -> String {
        withoutArguments(line).shown(upTo: ShownText.lineLimit)
    }

    /// Words of this library that may end with a line of the server, for display.
    static func shown(_ words: String, repeating line: String?) -> String {
        guard let line, let own = words.dropping(suffix: line) else { return words }
        return own + repeated(line)
    }

    /// The text before `suffix` if the text ends with it, byte by byte; otherwise `nil`.
    func dropping(suffix: String) -> String? {
        let count = suffix.utf8.count
        guard utf8.suffix(count).elementsEqual(suffix.utf8) else { return nil }
        return String(decoding: utf8.dropLast(count), as: UTF8.self)
    }

    /// An error line of the server without the repeated arguments of the command: the error for an unknown command
    /// contains its arguments, and those may be secret.
    static func withoutArguments(_ line: String) -> String {
        let bytes = line.utf8
        guard bytes.begins(with: "ERR unknown") || bytes.containsText(", with args beginning with") else { return line }
        return String(Substring(bytes.prefix { $0 != UInt8(ascii: ",") }))
    }
}
