public import RedisCommands
internal import RedisPOSIX

/// How a consumer group works.
public struct StreamGroupOptions: Sendable, Hashable {
    /// Where a group begins that does not exist yet.
    public enum Start: Sendable, Hashable {
        /// With the first entry that the stream has.
        case beginning
        /// With what is appended once the group exists.
        case now
        /// Behind this entry.
        case after(RedisStreamID)

        var position: RedisStreamPosition {
            switch self {
            case .beginning: .beginning
            case .now: .end
            case .after(let id): .after(id)
            }
        }
    }

    /// What becomes of an entry that was acknowledged.
    public enum Retention: Sendable, Hashable {
        /// The stream keeps it. Something else trims the stream, or nothing does.
        case kept
        /// It is deleted at once, and no other group gets it any more; nor what stands between such entries and is not
        /// pending, because something else has acknowledged it, or XGROUP SETID or DELCONSUMER has taken it from the
        /// group.
        case deleted
        /// Entries are trimmed once all groups of the stream have acknowledged them and all that came before.
        case trimmedBehindAllGroups
    }

    /// Where a group begins that does not exist yet. One that is lost with its stream later, or that somebody destroys,
    /// begins anew with the first entry, so that nothing is passed over.
    public var start = Start.beginning
    /// After what time without a sign of life of its consumer an entry goes to another one. The time of a handler that
    /// runs is extended three times as often.
    public var visibility = Duration.seconds(30)
    /// After what time an entry is delivered again whose handler threw; at most the visibility.
    public var retryDelay = Duration.seconds(1)
    /// How often an entry is delivered before it goes to the dead letters; `nil` means without an end.
    public var maxAttempts: Int?
    /// How many dead letters are kept at most, about.
    public var deadLetterLimit = 10_000
    /// What becomes of an entry that was acknowledged.
    public var acknowledged = Retention.kept
    /// How many entries readers of `events` may have that are not ended. While `run` reads, it is what its
    /// handlers can have.
    public var prefetch = 1
    /// After what time consumers of the group that have no entry and were not heard of are removed; `nil` means never.
    public var idleConsumerLimit: Duration? = .seconds(3600)

    /// The usual.
    public init() {}

    func check(_ words: String) throws(RedisError) {
        try Self.check(visibility, "visibility", words, from: .milliseconds(100))
        try Self.check(retryDelay, "retryDelay", words, from: .zero)
        if let idleConsumerLimit {
            try Self.check(idleConsumerLimit, "idleConsumerLimit", words, from: .seconds(60))
        }
        let counts = [
            (prefetch, "prefetch"), (maxAttempts ?? 1, "maxAttempts"), (deadLetterLimit, "deadLetterLimit"),
        ]
        for (number, name) in counts where number < 1 {
            throw RedisError(.invalidConfiguration, "\(words): \(name) is \(number), but must be 1 at least")
        }
    }

    private static func check(
        _ time: Duration,
        _ name: String,
        _ words: String,
        from least: Duration
    ) throws(RedisError) {
        if time < least || time > .seconds(30 * 86400) {
            let text = "\(words): \(name) is \(time.inSeconds), but must be from \(least.inSeconds) to 30 days"
            throw RedisError(.invalidConfiguration, text)
        }
    }
}
