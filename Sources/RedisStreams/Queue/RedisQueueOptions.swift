internal import RedisCore

/// How a queue works. All processes that use a queue have to agree on `priorities` and `capacity`.
public struct RedisQueueOptions: Sendable, Hashable {
    /// How many messages there may be, those in hand and those that are delayed included; `nil` means any number.
    public var capacity: Int?
    /// How many priorities there are: from 0 on, a higher one is more urgent. Each is a stream of its own.
    public var priorities = 1
    /// After what time without a sign of life of its consumer a message goes to another one.
    public var visibility = Duration.seconds(30)
    /// After what time a message is delivered again whose handler threw; at most the visibility.
    public var retryDelay = Duration.seconds(1)
    /// How often a message is delivered before it goes to the dead letters; `nil` means without an end.
    public var maxAttempts: Int? = 5
    /// How many dead letters are kept at most, about.
    public var deadLetterLimit = 10_000
    /// How many messages readers of `events` may have that are not ended. While `run` reads, it is what its handlers
    /// can have.
    public var prefetch = 1

    /// The usual.
    public init() {}

    var ofGroup: StreamGroupOptions {
        var options = StreamGroupOptions()
        options.visibility = visibility
        options.retryDelay = retryDelay
        options.maxAttempts = maxAttempts
        options.deadLetterLimit = deadLetterLimit
        options.prefetch = prefetch
        options.acknowledged = .deleted
        return options
    }

    func check(_ words: String) throws(RedisError) {
        if priorities < 1 || priorities > 16 {
            throw RedisError(.invalidConfiguration, "\(words): it can have 1 to 16 priorities, not \(priorities)")
        }
        if let capacity, capacity < 1 {
            throw RedisError(.invalidConfiguration, "\(words): its capacity is \(capacity), but must be 1 at least")
        }
    }
}
