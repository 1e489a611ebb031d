/// A command, a batch or a transaction of a `RedisClient`, as a `RedisCommandObserver` sees it. It contains no value of
/// a command, and keys only for an observer that asks for them.
public struct RedisOperation: Sendable, Hashable {
    /// What is sent.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// One command.
        case command
        /// Commands that are sent together.
        case batch
        /// Commands between MULTI and EXEC.
        case transaction
    }

    /// What a second execution of a command would change. Each case is riskier than those before it.
    public enum Effect: String, Sendable, Hashable, CaseIterable {
        /// The command changes nothing.
        case readOnly
        /// It does nothing where its effect is there already.
        case checked
        /// Twice ends in the same state as once, unless somebody else wrote in between.
        case lastWriteWins
        /// Twice changes more than once, or it is not known.
        case accumulating
        /// It is for whoever runs the server.
        case admin
    }

    /// What is sent.
    public let kind: Kind
    /// A name of a closed set: that of a known command, with the subcommand where there is one (`GET`, `CONFIG SET`),
    /// or `_OTHER`; `PIPELINE` for a batch and `MULTI` for a transaction, with the command behind it when all commands
    /// are the same (`PIPELINE GET`).
    public let name: String
    /// What a second execution would change; `nil` for several commands.
    public let effect: Effect?
    /// Whether the command may block at the server, so that its time says nothing about the server.
    public let isBlocking: Bool
    /// How many commands it is, without MULTI and EXEC.
    public let commandCount: Int
    /// The bytes of the encoded commands.
    public let byteCount: Int
    /// The name that the caller of `RedisClient.pipeline` has given.
    public let pipelineName: String?
    /// The database of the configuration. A SELECT on an exclusive link does not change it.
    public let database: Int
    /// The keys of a command, if the observer wants them. There are none for batches and transactions.
    public let keys: [RedisBytes]

    /// The first word of `name`, which for one command is the command without its subcommand.
    public var firstWord: Substring { name.prefix { $0 != " " } }

    /// The name of a command that is not known.
    public static let otherName = "_OTHER"

    package init(
        kind: Kind,
        name: String,
        effect: Effect? = nil,
        isBlocking: Bool = false,
        commandCount: Int = 1,
        byteCount: Int,
        pipelineName: String? = nil,
        database: Int,
        keys: [RedisBytes] = []
    ) {
        self.kind = kind
        self.name = name
        self.effect = effect
        self.isBlocking = isBlocking
        self.commandCount = commandCount
        self.byteCount = byteCount
        self.pipelineName = pipelineName
        self.database = database
        self.keys = keys
    }
}

/// How a `RedisOperation` ended.
public struct RedisOperationOutcome: Sendable {
    /// The error; of a batch the first one; `nil` if everything succeeded. Its `serverMessage` may repeat arguments of
    /// the command, so it belongs into no metric and no trace.
    public var error: RedisError?
    /// The position of the first command of a batch or a transaction that failed.
    public var failedIndex: Int?
    /// How many commands failed.
    public var errorCount: Int
    /// The server that replied last, or at which the error occurred. Without either, the server of the configuration.
    public var node: RedisEndpoint?
    /// From the call to its result.
    public var duration: Duration
    /// How long the command waited before it was written, in the last attempt; `nil` where it is not known: for
    /// batches, transactions, blocking commands, and commands that were not written.
    public var queueTime: Duration?
    /// From the write to the result, in the last attempt; `nil` where `queueTime` is `nil`.
    public var wireTime: Duration?
    /// How often it was sent, with the first time. A batch counts as one attempt.
    public var attempts: Int

    package init(
        error: RedisError? = nil,
        failedIndex: Int? = nil,
        errorCount: Int? = nil,
        node: RedisEndpoint? = nil,
        duration: Duration,
        queueTime: Duration? = nil,
        wireTime: Duration? = nil,
        attempts: Int = 1
    ) {
        self.error = error
        self.failedIndex = failedIndex
        self.errorCount = errorCount ?? (error == nil ? 0 : 1)
        self.node = node
        self.duration = duration
        self.queueTime = queueTime
        self.wireTime = wireTime
        self.attempts = attempts
    }

    /// The first word of the server's error, if it is one of a closed set, such as `WRONGTYPE`; `_OTHER` for any other
    /// word, because scripts may return what they like; `nil` if no server has replied with an error.
    public var statusCode: String? {
        guard let prefix = error?.serverPrefix else { return nil }
        return Self.knownPrefixes.contains(prefix) ? prefix : RedisOperation.otherName
    }

    /// The kind of error in a word of a closed set: `statusCode`, or the name of the error's code, such as `timedOut`;
    /// `nil` if there is no error.
    public var errorType: String? { statusCode ?? error?.code.description }

    private static let knownPrefixes: Set<String> = [
        "ASK", "BUSY", "BUSYGROUP", "BUSYKEY", "CLUSTERDOWN", "CROSSSLOT", "DENIED", "ERR", "EXECABORT", "INPROG",
        "LOADING", "MASTERDOWN", "MISCONF", "MOVED", "NOAUTH", "NOGOODSLAVE", "NOGROUP", "NOMASTERLINK", "NOPERM",
        "NOPROTO", "NOREPLICAS", "NOSCRIPT", "NOTBUSY", "NOTREADY", "OOM", "READONLY", "REDIRECT", "TRYAGAIN",
        "UNBLOCKED", "UNKILLABLE", "WRONGPASS", "WRONGTYPE",
    ]
}
