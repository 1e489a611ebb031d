/// When to connect again after a link was lost or could not be opened.
public struct RedisReconnectPolicy: Sendable, Hashable {
    /// Whether a lost link is opened again. The default is yes, for ever.
    public var isEnabled: Bool
    /// The first delay, before jitter. The default is 100 ms.
    public var minimumDelay: Duration
    /// The delays double up to this one. The default is 5 s.
    public var maximumDelay: Duration
    /// How long the very first connect may be retried. The default is zero: if the server cannot be reached at first,
    /// the caller gets the error at once. Refused credentials are never retried at first.
    public var initialPatience: Duration

    /// Creates a policy. Each value has the default that its property documents.
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
/// Any address in a server's reply is connected to, and a reply can contain any address. So these limits and
/// `RedisClusterConfiguration.maximumNodes` bound what one reply can cause. Connects wait in the order in which they
/// came, but those that find servers come first. The time of waiting counts in none of the timeouts of a connect.
public struct RedisConnectLimits: Sendable, Hashable {
    /// How many connects may be in progress, up to the end of the handshake. The default is 64.
    public var underWay: Int
    /// How many connects may begin within a second. The default is 100.
    public var perSecond: Int

    /// Creates limits. Each has the default that its property documents.
    public init(underWay: Int = 64, perSecond: Int = 100) {
        self.underWay = underWay
        self.perSecond = perSecond
    }
}
