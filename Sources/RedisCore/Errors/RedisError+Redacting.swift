public import RedisRESP
internal import RedisReactor

extension RedisError {
    /// The error without parts that may be secret, when it is the reply to a command with `credentials`: a server, or a
    /// proxy before it, may repeat the command in its error.
    ///
    /// Of the server's line, texts are shown that servers are known to send, whatever the password is. Of any other
    /// line, only the first word is shown, if it is a known one. The password is not compared with the line: leaving
    /// out only the text that is equal to it would reveal it to anybody who knows the line ("invalid username-…assword
    /// …air"), and so would leaving out lines that contain it.
    package func redacting(_ credentials: RedisCredentials?) -> RedisError {
        guard let credentials, let line = serverMessage else { return self }
        let shown = KnownLine.shown(line, user: credentials.username ?? "")
        // The message is the line, words of this library, or both.
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

/// Replies of servers to HELLO, AUTH and the commands behind them, and errors without a request (Redis 5.0 to 8.2,
/// Valkey 8.1 and 9.1).
private enum KnownLine {
    /// The line, or the longest beginning that it shares with a known line.
    static func shown(_ line: String, user: String) -> String {
        if whole.contains(RedisBytes(line)) { return line }
        if let known = (beginnings + refusals(of: user)).first(where: { line.utf8.begins(with: $0) }) { return known }
        let leftOut = "(what the server said is not shown: it may repeat the password)"
        guard let word = line.utf8.firstWord, prefixes.contains(word) else { return leftOut }
        return "\(word) \(leftOut)"
    }

    /// Replies of an old server to a new command, and of any server to a user who lacks the right.
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

    /// Of lines with these beginnings, the rest is left out.
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
    /// All properties except the server's line, which may repeat arguments of a command, so that `dump` shows no
    /// secret.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: ["code": code, "message": message, "endpoint": endpoint as Any, "phase": phase as Any],
            displayStyle: .struct
        )
    }
}

extension RedisBytes {
    /// The bytes for display, cut at `limit` bytes: see ``ShownText``.
    package func shown(upTo limit: Int = ShownText.nameLimit) -> String {
        ShownText.make(of: Array(prefix(ShownText.bytesSeen(upTo: limit))), count: count, upTo: limit)
    }
}

extension RedisBytes: CustomDebugStringConvertible {
    /// The text in quotes for display, also as a part of other printed text: line feeds, control characters, marks of
    /// direction and bytes that are not UTF-8 are escaped (`\n`, `\x1b`, `\u{202e}`), and the text is cut at 1 KiB.
    public var debugDescription: String { "\"\(shown(upTo: ShownText.lineLimit))\"" }
}
