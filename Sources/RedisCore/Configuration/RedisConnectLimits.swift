/// How fast one object, a `PubSub`, `Monitor`, `KeyspaceEvents`, `Invalidations` or `RedisClient`, opens its links, all of them
/// together: those to the nodes of a cluster, to Sentinels, and the short ones that ask something.
///
/// What an answer names is connected to, and an answer can name what it likes. These bound what one can set off, beside
/// `RedisClusterConfiguration.maximumNodes`. Who has to wait does so in the order in which they came, questions of where servers are
/// before all others; that time counts in none of the timeouts of a connect.
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
