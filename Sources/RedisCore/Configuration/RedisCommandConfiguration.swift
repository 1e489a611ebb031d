/// How a `RedisClient` sends its commands.
public struct RedisCommandConfiguration: Sendable, Hashable {
    /// How long a command may take when its call names no timeout; `nil` means for ever. The default is 30 s.
    public var timeout: Duration?
    /// Which commands are tried again when it is not known whether they were executed. The default is none.
    public var retry: RedisRetryPolicy
    /// How much may be on its way and waiting on one link.
    public var inFlight: RedisInFlightLimit
    /// What happens to commands while there is no link. By default they wait.
    public var whileDisconnected: WhileDisconnected
    /// The exclusive links.
    public var pool: RedisPoolConfiguration

    /// What a command does while there is no link.
    public enum WhileDisconnected: String, Sendable, Hashable, CaseIterable {
        /// It waits for the link, until its timeout.
        case wait
        /// It fails at once.
        case fail
    }

    /// Every property has its documented default.
    public init() {
        timeout = .seconds(30)
        retry = RedisRetryPolicy()
        inFlight = RedisInFlightLimit()
        whileDisconnected = .wait
        pool = RedisPoolConfiguration()
    }

    func check(_ check: inout ConfigurationCheck) {
        check.that(
            timeout ?? .seconds(1) > .zero,
            "commands.timeout",
            "commands.timeout is not positive; nil turns it off"
        )
        check.positive(retry.attempts, "commands.retry.attempts")
        check.that(
            retry.minimumPause >= .zero && retry.minimumPause <= retry.maximumPause,
            "commands.retry.minimumPause",
            "commands.retry.minimumPause \(retry.minimumPause) is not between zero and commands.retry.maximumPause"
        )
        check.positive(inFlight.commands, "commands.inFlight.commands")
        check.positive(inFlight.bytes, "commands.inFlight.bytes")
        check.positive(pool.maximum, "commands.pool.maximum")
        check.positive(pool.idleTimeout, "commands.pool.idleTimeout")
    }
}

/// Which commands are tried again when a link was lost and nobody knows whether the server has executed them, and how
/// often. A command that was certainly not executed is sent again whatever this says.
public struct RedisRetryPolicy: Sendable, Hashable {
    /// How much a second execution may matter. Each case includes those before it.
    public enum Limit: String, Sendable, Hashable, Comparable, CaseIterable {
        /// Nothing is tried again.
        case never
        /// Commands that change nothing.
        case readOnly
        /// Also commands that check what they change, so that a second execution changes nothing more.
        case checked
        /// Also commands that set a value whatever it was. A second execution may undo what somebody else wrote in
        /// between.
        case lastWriteWins

        private var rank: Int {
            switch self {
            case .never: 0
            case .readOnly: 1
            case .checked: 2
            case .lastWriteWins: 3
            }
        }

        /// Whether `left` lets less be tried again than `right`.
        public static func < (left: Limit, right: Limit) -> Bool { left.rank < right.rank }
    }

    /// Up to which kind commands are tried again. The default is `.never`.
    public var limit: Limit
    /// How often a command is sent at most, with the first time. The default is 3.
    public var attempts: Int
    /// The pause before the second attempt, before jitter. The default is 8 ms.
    public var minimumPause: Duration
    /// The pauses double up to this one. The default is 512 ms.
    public var maximumPause: Duration

    /// A policy up to `limit`. Every other property has its documented default.
    public init(upTo limit: Limit = .never) {
        self.limit = limit
        attempts = 3
        minimumPause = .milliseconds(8)
        maximumPause = .milliseconds(512)
    }
}

/// How much may be on its way and waiting on one link of a `RedisClient`.
public struct RedisInFlightLimit: Sendable, Hashable {
    /// What a command does where the limit is reached.
    public enum WhenFull: String, Sendable, Hashable, CaseIterable {
        /// Its task waits for room, until the command's timeout.
        case suspend
        /// It fails at once.
        case fail
    }

    /// How many commands. The default is 16,384.
    public var commands: Int
    /// How many bytes the encoded commands may have together. The default is 32 MiB.
    public var bytes: Int
    /// What happens to a command beyond these. By default its task waits.
    public var whenFull: WhenFull

    /// Every property has its documented default.
    public init() {
        commands = 16_384
        bytes = 32 << 20
        whenFull = .suspend
    }
}

/// The exclusive links of a `RedisClient`: those that one caller at a time has for itself.
public struct RedisPoolConfiguration: Sendable, Hashable {
    /// How many links there may be at once. The default is 16.
    public var maximum: Int
    /// After how long without use a link is closed. The default is 60 s.
    public var idleTimeout: Duration

    /// Every property has its documented default.
    public init() {
        maximum = 16
        idleTimeout = .seconds(60)
    }
}
