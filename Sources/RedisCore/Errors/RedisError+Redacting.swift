public import RedisRESP
internal import RedisReactor

extension RedisError {
    /// The same error as it may be shown, when it answers a command that said `credentials`: a server, or a proxy
    /// before it, may repeat there what it refuses.
    ///
    /// Of the server's line is shown what servers are known to say, whatever the password is; of any other line only
    /// the first word, where that is a known one. The password has no part in this: to leave out just what equals it
    /// would tell it to whoever knows the line ("invalid username-…assword …air"), and so would to leave out the lines
    /// that hold it.
    package func redacting(_ credentials: RedisCredentials?) -> RedisError {
        guard let credentials, let line = serverMessage else { return self }
        let shown = KnownLine.shown(line, user: credentials.username ?? "")
        // The message is the line, or words of this library, or both.
        let own = message.dropping(suffix: .repeated(line))
        var error = RedisError(
            code,
            own.map { $0 + shown } ?? message,
            endpoint: endpoint,
            phase: phase,
            underlyingError: underlyingError
        )
        error.serverMessage = shown
        return error
    }
}

/// What servers say to HELLO, AUTH and the commands behind them, and unasked (Redis 5.0 to 8.2, Valkey 8.1 and 9.1).
private enum KnownLine {
    /// The line, or as much from its front as it has in common with a known one.
    static func shown(_ line: String, user: String) -> String {
        if whole.contains(RedisBytes(line)) { return line }
        if let known = (beginnings + refusals(of: user)).first(where: { line.utf8.begins(with: $0) }) { return known }
        let leftOut = "(what the server said is not shown: it may repeat the password)"
        guard let word = line.utf8.firstWord, prefixes.contains(word) else { return leftOut }
        return "\(word) \(leftOut)"
    }

    /// What an old server says to a new command, and any to a user who may not.
    private static func refusals(of user: String) -> [String] {
        let user = user.isEmpty ? "default" : user
        return names.flatMap { name in
            [
                "ERR unknown command '\(name)'", "ERR unknown command `\(name)`",
                "ERR wrong number of arguments for '\(name)' command",
                "NOPERM this user has no permissions to run the '\(name)' command",
                "NOPERM User \(user) has no permissions to run the '\(name)' command",
            ]
        }
    }

    /// Of these the rest is left out.
    private static let beginnings = [
        "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.",
        "DENIED Redis is running in protected mode", "DENIED Running in protected mode",
        "DENIED Valkey is running in protected mode",
        "NOAUTH HELLO must be called with the client already authenticated",
    ]

    private static let names: [String] = {
        let upper = ["HELLO", "AUTH", "SELECT", "CLIENT", "INFO", "PING", "ROLE"]
        return upper + upper.map { $0.lowercased() } + ["client|setname", "client|setinfo"]
    }()

    private static let prefixes: Set<String> = [
        "ERR", "NOAUTH", "WRONGPASS", "NOPERM", "NOPROTO", "DENIED", "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN",
        "READONLY", "MISCONF", "TRYAGAIN", "MOVED", "ASK", "OOM", "NOREPLICAS", "UNKILLABLE",
    ]

    private static let whole: Set<RedisBytes> = [
        "WRONGPASS invalid username-password pair or user is disabled.",
        "WRONGPASS invalid username-password pair",
        "ERR invalid password",
        "ERR Client sent AUTH, but no password is set",
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        "NOAUTH Authentication required.",
        "NOPROTO unsupported protocol version",
        "NOPROTO sorry this protocol version is not supported",
        "ERR syntax error",
        "ERR DB index is out of range",
        "ERR invalid DB index",
        "ERR SELECT is not allowed in cluster mode",
        "ERR max number of clients reached",
        "ERR max number of clients + cluster connections reached",
        "ERR Protocol error: unauthenticated multibulk length",
        "ERR Protocol error: unauthenticated bulk length",
        "LOADING Redis is loading the dataset in memory",
        "LOADING Valkey is loading the dataset in memory",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
        "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "CLUSTERDOWN The cluster is down",
        "CLUSTERDOWN Hash slot not served",
    ]
}

extension RedisError: CustomReflectable {
    /// Everything but the server's line, which may repeat arguments of a command, so that `dump` shows no secret.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: ["code": code, "message": message, "endpoint": endpoint as Any, "phase": phase as Any],
            displayStyle: .struct
        )
    }
}

extension RedisBytes {
    /// The bytes as they may be shown, cut at `limit` bytes: see ``ShownText``.
    package func shown(upTo limit: Int = ShownText.nameLimit) -> String {
        ShownText.make(of: Array(prefix(ShownText.bytesSeen(upTo: limit))), count: count, upTo: limit)
    }
}

extension RedisBytes: CustomDebugStringConvertible {
    /// The text in quotes as it may be shown, also where it stands in something else that is printed: line feeds,
    /// control characters, marks of direction and bytes that are not UTF-8 escaped (`\n`, `\x1b`, `\u{202e}`), and cut
    /// at 1 KiB.
    public var debugDescription: String { "\"\(shown(upTo: ShownText.lineLimit))\"" }
}
