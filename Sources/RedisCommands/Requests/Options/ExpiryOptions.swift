/// When a key expires that is set. A part of a millisecond counts as a whole one.
public enum RedisSetExpiry: Sendable, Hashable {
    /// After so long (PX).
    case after(Duration)
    /// At this time of the server's clock (PXAT, Redis 6.2).
    case at(RedisTimestamp)
    /// When it would have expired anyhow (KEEPTTL, Redis 6.0).
    case keep
}

extension RedisSetExpiry: ArgumentList {
    var argumentCount: Int { self == .keep ? 1 : 2 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .after(let duration):
            writer.append("PX")
            Milliseconds(duration).write(to: &writer)
        case .at(let time):
            writer.append("PXAT")
            Milliseconds(time).write(to: &writer)
        case .keep: writer.append("KEEPTTL")
        }
    }
}

extension RedisSetExpiry? {
    /// The options of SET.
    package var arguments: [RedisBytes] {
        RedisCommand(argumentCount: argumentCount, capacity: 64) { append(to: &$0) }.arguments
    }
}

/// When a key expires that is read. A part of a millisecond counts as a whole one.
public enum RedisGetExpiry: Sendable, Hashable {
    /// After so long (PX).
    case after(Duration)
    /// At this time of the server's clock (PXAT).
    case at(RedisTimestamp)
    /// Not any more (PERSIST).
    case never
}

extension RedisGetExpiry: ArgumentList {
    var argumentCount: Int { self == .never ? 1 : 2 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .after(let duration): RedisSetExpiry.after(duration).append(to: &writer)
        case .at(let time): RedisSetExpiry.at(time).append(to: &writer)
        case .never: writer.append("PERSIST")
        }
    }
}

/// When a key is set.
public enum RedisSetCondition: Sendable, Hashable {
    /// Only if it does not exist (NX).
    case absent
    /// Only if it exists (XX).
    case present
    /// Only if it has this value (IFEQ, Valkey 8.1 and Redis 8.4).
    case equal(RedisBytes)
}

extension RedisSetCondition: ArgumentList {
    var argumentCount: Int { if case .equal = self { 2 } else { 1 } }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .absent: writer.append("NX")
        case .present: writer.append("XX")
        case .equal(let value):
            writer.append("IFEQ")
            writer.append(value)
        }
    }
}

/// When the expiry of a key or a field is set.
public enum RedisExpiryCondition: String, Sendable, Hashable, CaseIterable {
    /// Only if it has none (NX).
    case withoutExpiry = "NX"
    /// Only if it has one (XX).
    case withExpiry = "XX"
    /// Only if it has one that is earlier (GT).
    case later = "GT"
    /// Only if it has none, or one that is later (LT).
    case earlier = "LT"
}

extension RedisExpiryCondition: ArgumentWord {}

/// When the fields of a hash are set together with their expiry.
public enum RedisFieldCondition: String, Sendable, Hashable, CaseIterable {
    /// Only if none of them exists (FNX).
    case absent = "FNX"
    /// Only if all of them exist (FXX).
    case present = "FXX"
}

extension RedisFieldCondition: ArgumentWord {}
