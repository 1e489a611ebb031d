/// After how long a key, or a field of a hash, expires.
public enum RedisTimeToLive: Sendable, Hashable {
    /// It does not exist.
    case missing
    /// It exists and does not expire.
    case never
    /// It expires after so long, to a millisecond.
    case after(Duration)
}

extension RedisTimeToLive: RedisReply {
    /// Milliseconds; -1 for one that does not expire, -2 for a missing one.
    public init?(reply: RESPValue) {
        switch reply.integer {
        case -2: self = .missing
        case -1: self = .never
        case .some(let milliseconds) where milliseconds >= 0: self = .after(.milliseconds(milliseconds))
        default: return nil
        }
    }
}

/// When a key expires.
public enum RedisExpiryTime: Sendable, Hashable {
    /// It does not exist.
    case missing
    /// It exists and does not expire.
    case never
    /// It expires at this time of the server's clock, to a millisecond.
    case at(RedisTimestamp)
}

extension RedisExpiryTime: RedisReply {
    /// Milliseconds since 1970; -1 for one that does not expire, -2 for a missing one.
    public init?(reply: RESPValue) {
        switch reply.integer {
        case -2: self = .missing
        case -1: self = .never
        case .some(let milliseconds) where milliseconds >= 0:
            guard let time = RedisTimestamp(milliseconds: milliseconds) else { return nil }
            self = .at(time)
        default: return nil
        }
    }
}

/// What became of setting the expiry of a field.
public enum RedisFieldExpiry: Int, Sendable, Hashable, CaseIterable {
    /// There is no such field.
    case missing = -2
    /// The condition was not met.
    case conditionNotMet = 0
    /// The field expires at the time.
    case set = 1
    /// The time had passed, and the field was removed.
    case removed = 2
}

extension RedisFieldExpiry: RedisReply {
    /// The raw value.
    public init?(reply: RESPValue) {
        guard let value = reply.integer.flatMap(Self.init(rawValue:)) else { return nil }
        self = value
    }
}

/// What became of taking the expiry of a field away.
public enum RedisFieldPersistence: Int, Sendable, Hashable, CaseIterable {
    /// There is no such field.
    case missing = -2
    /// The field did not expire anyhow.
    case hadNoExpiry = -1
    /// The field does not expire any more.
    case persisted = 1
}

extension RedisFieldPersistence: RedisReply {
    /// The raw value.
    public init?(reply: RESPValue) {
        guard let value = reply.integer.flatMap(Self.init(rawValue:)) else { return nil }
        self = value
    }
}
