/// A password that expires. Its value shows in no description, no log and no error.
public struct RedisAccessToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text that is sent as the password.
    public var value: String
    /// The ACL user of the token; `nil` means the default user.
    public var username: String?
    /// When the server stops accepting the token, by the wall clock; `nil` means never, and such a token is not
    /// renewed.
    public var expiresAt: RedisTimestamp?
    /// When its life began.
    public var receivedAt: RedisTimestamp

    /// A token that expires at this moment.
    public init(
        _ value: String,
        username: String? = nil,
        expiresAt: RedisTimestamp?,
        receivedAt: RedisTimestamp = .now()
    ) {
        self.value = value
        self.username = username
        self.expiresAt = expiresAt
        self.receivedAt = receivedAt
    }

    /// A token that lives for `lifetime` from now on.
    public init(_ value: String, username: String? = nil, lifetime: Duration) {
        let now = RedisTimestamp.now()
        self.init(value, username: username, expiresAt: now.advanced(by: lifetime), receivedAt: now)
    }

    /// The credentials with which a link authenticates.
    public var credentials: RedisCredentials { RedisCredentials(username: username, password: value) }

    /// Whether the token has expired.
    public func isExpired(at now: RedisTimestamp = .now()) -> Bool { expiresAt.map { $0 <= now } ?? false }

    /// A fixed text.
    public var description: String { "AccessToken(redacted)" }

    /// A fixed text.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension RedisTimestamp {
    /// The moment after this duration.
    func advanced(by duration: Duration) -> RedisTimestamp {
        let (seconds, attoseconds) = duration.components
        let (most, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isOverToo) = most.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        let (moment, isOverAtLast) = microseconds.addingReportingOverflow(sum)
        // Whoever issues tokens decides how long they are valid, possibly for ever.
        guard !isOver, !isOverToo, !isOverAtLast else { return RedisTimestamp(microseconds: seconds < 0 ? .min : .max) }
        return RedisTimestamp(microseconds: moment)
    }

    /// The duration until a later moment; negative for an earlier one.
    func duration(to other: RedisTimestamp) -> Duration {
        let (difference, isOver) = other.microseconds.subtractingReportingOverflow(microseconds)
        return .microseconds(isOver ? (other < self ? .min : .max) : difference)
    }
}
