/// A primary that Sentinels watch (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/).
///
/// As `RedisConfiguration.sentinel` it lets every link ask the Sentinels where the server is, before each attempt. All
/// that are known are asked at once, and those that they name beside `sentinels`, 16 at most; the address that goes
/// with the highest configuration epoch counts, because whoever was cut off from the others has missed the last
/// failover. Once most have answered, the others are waited for 100 ms longer. The server then has to say of itself
/// that it is a primary (`.wrongRole`).
///
/// While a link stands, `+switch-master` is listened for at every Sentinel, and all are asked again about every 10 s,
/// every second while there is no link. When they name another server, the link goes there at once, with a gap record.
///
/// The user there needs SENTINEL GET-MASTER-ADDR-BY-NAME, MASTER, MYID, SENTINELS and, for replicas, REPLICAS, and
/// SUBSCRIBE to
/// `+switch-master`; without the right to MASTER all Sentinels count alike, without SUBSCRIBE a switch is found by
/// asking.
public struct RedisSentinelConfiguration: Sendable {
    /// Where Sentinels listen. Others that these know are found.
    public var sentinels: [RedisEndpoint]
    /// The name that the Sentinels know the primary by.
    public var name: String
    /// Which server is connected to. The default is the primary.
    public var server: ServerPreference
    /// User and password for the Sentinels, which have their own. `nil`, the default, authenticates not at all.
    public var credentials: (any RedisCredentialsProvider)?
    /// How links to Sentinels are secured; `nil`, the default, sends everything in clear.
    public var tls: RedisTLSConfiguration?
    /// How long one Sentinel may take to answer. The default is 1 s.
    public var timeout: Duration
    /// How many Sentinels, and how many replicas, one answer may name. A Sentinel that names more counts as one that
    /// has failed (`.limitExceeded`). The default is 64; groups have a handful. Of those that are named 16 are asked at
    /// most.
    public var maximumInstances: Int

    /// Which server of a group is connected to.
    public enum ServerPreference: Sendable, Hashable {
        /// The one that takes writes.
        case primary
        /// A replica that the Sentinels hold for healthy, drawn anew for each attempt, and the primary where there is
        /// none. A link to a replica that is promoted, or to a primary, stays until it is lost: what replicas get, a
        /// primary has.
        case replica
    }

    /// A primary by its name, with the default that each property names.
    public init(sentinels: [RedisEndpoint], name: String) {
        self.sentinels = sentinels
        self.name = name
        server = .primary
        credentials = nil
        tls = nil
        timeout = .seconds(1)
        maximumInstances = 64
    }

    func validate() throws(RedisError) {
        func check(_ isValid: Bool, _ complaint: String) throws(RedisError) {
            if !isValid { throw RedisError(.invalidConfiguration, complaint) }
        }
        try check(!sentinels.isEmpty, "sentinel.sentinels is empty")
        try check(!name.isEmpty, "sentinel.name is empty")
        try check(timeout > .zero, "sentinel.timeout is not positive")
        try check(maximumInstances > 0, "sentinel.maximumInstances is not positive")
    }
}
