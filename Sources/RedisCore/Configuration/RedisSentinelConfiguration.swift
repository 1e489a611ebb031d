/// A primary that Sentinels watch (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/).
///
/// As `RedisConfiguration.sentinel` it lets every link ask the Sentinels where the server is, before each attempt. All
/// known Sentinels are asked at once, and at most 16 others that these know. The address with the highest configuration
/// epoch counts, because a Sentinel that was cut off from the others has missed the last failover. Once most have
/// replied, the others get 100 ms more. The server itself then has to say that it is a primary (`.wrongRole`).
///
/// While a link is up, the client is subscribed to `+switch-master` at every Sentinel. All Sentinels are asked again
/// about every 10 s, and every second while there is no link. When they name another server, the link goes there at
/// once, with a gap record.
///
/// The user at the Sentinels needs SENTINEL GET-MASTER-ADDR-BY-NAME, MASTER, MYID, SENTINELS and, for replicas,
/// REPLICAS, and SUBSCRIBE to `+switch-master`. Without the right to MASTER, all Sentinels count alike. Without
/// SUBSCRIBE, a switch is found only by asking.
public struct RedisSentinelConfiguration: Sendable {
    /// Where Sentinels listen. Other Sentinels that these know are found.
    public var sentinels: [RedisEndpoint]
    /// The name that the Sentinels know the primary by.
    public var name: String
    /// Which server is connected to. The default is the primary.
    public var server: ServerPreference
    /// User and password for the Sentinels, which have users of their own. The default is `nil`: no authentication.
    public var credentials: (any RedisCredentialsProvider)?
    /// How links to Sentinels are secured. The default is `nil`: everything is sent without encryption.
    public var tls: RedisTLSConfiguration?
    /// How long one Sentinel may take to reply. The default is 1 s.
    public var timeout: Duration
    /// How many Sentinels, and how many replicas, one reply may contain. A Sentinel whose reply contains more counts as
    /// failed (`.limitExceeded`). The default is 64; usual groups are much smaller. At most 16 of the named Sentinels
    /// are asked.
    public var maximumInstances: Int

    /// Which server of a group is connected to.
    public enum ServerPreference: Sendable, Hashable {
        /// The server that takes writes.
        case primary
        /// A replica that the Sentinels consider healthy, chosen anew for each attempt, or the primary where there is
        /// none. A link to a primary, or to a replica that is promoted, stays until it is lost, because a primary has
        /// everything that its replicas get.
        case replica
    }

    /// A primary by its name. Every other property has its documented default.
    public init(sentinels: [RedisEndpoint], name: String) {
        self.sentinels = sentinels
        self.name = name
        server = .primary
        credentials = nil
        tls = nil
        timeout = .seconds(1)
        maximumInstances = 64
    }

    func check(_ check: inout ConfigurationCheck) {
        check.that(!sentinels.isEmpty, "sentinel.sentinels", "sentinel.sentinels is empty")
        check.that(!name.isEmpty, "sentinel.name", "sentinel.name is empty")
        check.positive(timeout, "sentinel.timeout")
        check.positive(maximumInstances, "sentinel.maximumInstances")
    }
}
