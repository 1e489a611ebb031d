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
        if error.isRefusal || !mayRunInPart(name) { return error.with(.notExecuted) }
        return error.with(error.isOfRunningScript ? .executed : .unknown)
    }

    /// Whether the server has refused the command before it began.
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

    /// Whether a command may fail when it has changed something already, because it runs others or does several things.
    /// All other commands of the servers check before they change. Nobody knows it of those of modules, whose names
    /// have a dot.
    private static func mayRunInPart(_ name: RedisBytes) -> Bool {
        guard name.count <= 16, !name.contains(UInt8(ascii: ".")) else { return true }
        let capitals = String(decoding: name.lazy.map { $0 >= 0x61 && $0 <= 0x7a ? $0 - 0x20 : $0 }, as: UTF8.self)
        return [
            "ACL", "CLIENT", "CLUSTER", "CONFIG", "DEBUG", "EVAL", "EVALSHA", "EXEC", "FAILOVER", "FCALL", "FUNCTION",
            "MIGRATE", "MODULE", "REPLICAOF", "SAVE", "SCRIPT", "SHUTDOWN", "SLAVEOF",
        ].contains(capitals)
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
