/// When a link that was lost, or never came about, is tried again.
public struct RedisReconnectPolicy: Sendable, Hashable {
    /// Whether a lost link is opened again. The default is yes, for ever.
    public var isEnabled: Bool
    /// The first delay, before jitter. The default is 100 ms.
    public var minimumDelay: Duration
    /// The delays double up to this one. The default is 5 s.
    public var maximumDelay: Duration
    /// How long the very first connect may be retried. The default is zero: if the server cannot be reached at first,
    /// the caller learns so at once. Refused credentials are never retried at first.
    public var initialPatience: Duration

    /// Creates a policy; each value has the default that its property names.
    public init(
        isEnabled: Bool = true,
        minimumDelay: Duration = .milliseconds(100),
        maximumDelay: Duration = .seconds(5),
        initialPatience: Duration = .zero
    ) {
        self.isEnabled = isEnabled
        self.minimumDelay = minimumDelay
        self.maximumDelay = maximumDelay
        self.initialPatience = initialPatience
    }
}

/// How fast one object, a `PubSub`, `Monitor`, `KeyspaceEvents`, `Invalidations` or `RedisClient`, opens its links, all
/// of them together: those to the nodes of a cluster, to Sentinels, and the short ones that ask something.
///
/// What an answer names is connected to, and an answer can name what it likes. These bound what one can set off, beside
/// `RedisClusterConfiguration.maximumNodes`. Who has to wait does so in the order in which they came, questions of
/// where servers are before all others; that time counts in none of the timeouts of a connect.
public struct RedisConnectLimits: Sendable, Hashable {
    /// How many connects are under way at most, up to the end of the handshake. The default is 64.
    public var underWay: Int
    /// How many connects begin within a second at most. The default is 100.
    public var perSecond: Int

    /// Creates limits; each has the default that its property names.
    public init(underWay: Int = 64, perSecond: Int = 100) {
        self.underWay = underWay
        self.perSecond = perSecond
    }
}
