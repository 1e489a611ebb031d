internal import RedisCore

/// How long values of a cache are kept, and what happens around the end of that time.
public struct RedisCachePolicy: Sendable, Hashable {
    /// What a caller gets while the server is not reached.
    public enum OnFailure: Sendable, Hashable {
        /// What `compute` makes. It is not stored.
        case compute
        /// The last value that this process has kept, however old; what `compute` makes where there is none.
        case stale
        /// The error.
        case fail
    }

    /// For how long a value is fresh. The default is half an hour.
    public var timeToLive: Duration
    /// For how long after that the value is kept and still used, while one caller computes it anew in the background.
    /// The default is zero: the value is gone with its freshness.
    public var staleFor: Duration
    /// The time to live of `nil`, where the type of the values is an optional. The default is 30 s.
    public var timeToLiveOfNil: Duration
    /// By which part of itself each time to live is longer or shorter, at random, so that what was stored together does
    /// not expire together. The default is 0.05.
    public var jitter: Double
    /// How early a value is computed anew in the background, before it is stale: the higher, the earlier. At 1, the
    /// default, the time is drawn so that of many readers about one begins within the time that the last computation
    /// took. 0 turns it off.
    public var eagerness: Double
    /// For how long a value is kept in the process at most, also when it is fresh for longer. The default is one
    /// minute.
    public var nearTimeToLive: Duration
    /// For how long another process's computation is awaited before the value is computed here as well, without storing
    /// it. The default is 30 s.
    public var patience: Duration
    /// How long the server remembers that a value is being computed by a process that has died. The default is 5 s.
    public var leaseOfCompute: Duration
    /// What a caller gets while the server is not reached. The default is `.compute`.
    public var onFailure: OnFailure

    /// A policy. Every argument has its documented default.
    public init(
        timeToLive: Duration = .seconds(1800),
        staleFor: Duration = .zero,
        timeToLiveOfNil: Duration = .seconds(30),
        jitter: Double = 0.05,
        eagerness: Double = 1,
        nearTimeToLive: Duration = .seconds(60),
        patience: Duration = .seconds(30),
        leaseOfCompute: Duration = .seconds(5),
        onFailure: OnFailure = .compute
    ) {
        self.timeToLive = timeToLive
        self.staleFor = staleFor
        self.timeToLiveOfNil = timeToLiveOfNil
        self.jitter = jitter
        self.eagerness = eagerness
        self.nearTimeToLive = nearTimeToLive
        self.patience = patience
        self.leaseOfCompute = leaseOfCompute
        self.onFailure = onFailure
    }

    /// Refuses what cannot work.
    func check() throws(RedisError) {
        for (name, duration) in [
            ("timeToLive", timeToLive), ("timeToLiveOfNil", timeToLiveOfNil), ("nearTimeToLive", nearTimeToLive),
            ("patience", patience),
        ] where duration <= .zero { throw .unusablePolicy("\(name) \(duration) is not positive") }
        if leaseOfCompute < .milliseconds(100) {
            throw .unusablePolicy("leaseOfCompute \(leaseOfCompute) is less than 100 ms")
        }
        if staleFor < .zero { throw .unusablePolicy("staleFor \(staleFor) is negative") }
        if !(0...0.5 ~= jitter) { throw .unusablePolicy("jitter \(jitter) is not between 0 and 0.5") }
        if !(0...1000 ~= eagerness) { throw .unusablePolicy("eagerness \(eagerness) is not between 0 and 1000") }
    }
}

extension RedisError {
    fileprivate static func unusablePolicy(_ reason: String) -> RedisError {
        RedisError(.invalidConfiguration, "the policy of a cache: \(reason)")
    }
}
