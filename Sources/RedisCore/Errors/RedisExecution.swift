/// What became of a command that failed.
public enum RedisExecution: String, Sendable, Hashable {
    /// No server has executed it: it was never written in full, or the server refused it.
    case notExecuted
    /// A server has executed it, at least in part: it was a script that failed halfway, or a command whose reply has
    /// another form than expected.
    case executed
    /// It was on the wire, and its reply did not come; or the reply is an error that leaves open whether it has changed
    /// something before.
    case unknown
}

extension RedisError {
    /// The same error with what became of the command.
    package func with(_ execution: RedisExecution) -> RedisError {
        var error = self
        error.execution = execution
        return error
    }

    /// An error reply to the command of that name.
    package static func server(_ line: String, to name: RedisBytes, at endpoint: RedisEndpoint?) -> RedisError {
        let error = server(line, at: endpoint, .command)
        let isRefused =
            switch share(of: name) {
            case .none: true
            case .own: error.isRefusal
            case .ofOthers: error.isRefusalInServersWords
            }
        if isRefused { return error.with(.notExecuted) }
        return error.with(error.isOfRunningScript ? .executed : .unknown)
    }

    /// Whether the server has refused the command before it began, by the first word of a line that is surely its own.
    private var isRefusal: Bool {
        switch serverPrefix {
        case "NOSCRIPT", "EXECABORT", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "CROSSSLOT", "LOADING", "MASTERDOWN",
            "BUSY", "NOPERM", "NOAUTH", "NOREPLICAS", "MISCONF", "OOM", "READONLY", "NOPROTO":
            true
        case "ERR":
            serverMessage?.utf8.begins(with: "ERR wrong number of arguments") == true
                || serverMessage?.utf8.begins(with: "ERR Error compiling script") == true || lacksCommand
        default: false
        }
    }

    /// Whether the server says that a script failed while it ran: `ERR Error running script (call to f_…)`, since 7.0
    /// `… script: 8a42…, on @user_script:1.`
    private var isOfRunningScript: Bool {
        guard let line = serverMessage?.utf8 else { return false }
        return line.begins(with: "ERR Error running script") || line.containsText(" script: ")
    }

    /// Whether the server has refused the command before it began, by words that are the servers' own. A script may
    /// return a line of its own that begins like theirs, after it has changed something. In a script that runs, servers
    /// use these lines only for its first write.
    private var isRefusalInServersWords: Bool {
        guard let line = serverMessage else { return false }
        if ClusterRedirection(line) != nil { return true }
        return Self.refusals.contains { line.utf8.begins(with: $0) && line.utf8.containsText($1) }
    }

    /// How lines of refusals begin, and what else they contain: in Redis since 5, in Valkey and in servers like them.
    private static let refusals = [
        ("NOSCRIPT ", "No matching script"), ("TRYAGAIN ", "Multiple keys request"),
        ("CLUSTERDOWN ", "The cluster is down"), ("CLUSTERDOWN ", "Hash slot not served"),
        ("CROSSSLOT ", "hash to the same slot"), ("LOADING ", " is loading the dataset"),
        ("MASTERDOWN ", "Link with MASTER is down"), ("BUSY ", " is busy running a "),
        ("NOPERM User ", " has no permissions to "), ("NOPERM this user ", " has no permissions to "),
        ("NOPERM This user ", " has no permissions to "), ("NOPERM No permissions ", "to access a "),
        ("NOAUTH ", "Authentication required"), ("NOREPLICAS ", "Not enough good replicas"),
        ("MISCONF ", " is configured to save RDB snapshots"), ("MISCONF ", "Errors writing to the AOF file"),
        ("OOM ", "command not allowed when used memory"), ("READONLY ", "You can't write against a read only "),
        ("ERR wrong number of arguments for '", "' command"), ("ERR Error compiling ", "script"),
        ("ERR unknown ", "command"), ("ERR Function ", "not found"),
    ]

    /// What a command may have done before it failed.
    private enum Share {
        /// Nothing: all commands of the servers but the following check before they change.
        case none
        /// Several things, or those of several commands; but no line of an error is anybody else's than the server's.
        case own
        /// What somebody else has written does it, which fails in words of its own: a script, or the code of a module,
        /// whose commands have a dot in their names.
        case ofOthers
    }

    private static func share(of name: RedisBytes) -> Share {
        guard name.count <= 16, !name.contains(UInt8(ascii: ".")) else { return .ofOthers }
        switch String(decoding: name.lazy.map { $0 >= 0x61 && $0 <= 0x7a ? $0 - 0x20 : $0 }, as: UTF8.self) {
        case "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO": return .ofOthers
        case "ACL", "CLIENT", "CLUSTER", "CONFIG", "DEBUG", "EXEC", "FAILOVER", "FUNCTION", "MIGRATE", "MODULE",
            "REPLICAOF", "SAVE", "SCRIPT", "SHUTDOWN", "SLAVEOF":
            return .own
        default: return .none
        }
    }

    /// What became of a command that failed with an error of this code, if nothing else is known.
    static func execution(by code: Code) -> RedisExecution {
        switch code {
        case .invalidConfiguration, .connectFailed, .connectTimedOut, .handshakeTimedOut, .tlsFailed, .invalidCommand,
            .limitExceeded, .unsupported, .noServer, .wrongRole:
            .notExecuted
        case .unexpectedReply: .executed
        default: .unknown
        }
    }
}
