/// A primary that Sentinels watch (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/).
///
/// As `RedisConfiguration.sentinel` it lets every link ask the Sentinels where the server is, before each attempt.
public struct SentinelConfiguration: Sendable {
    /// Where Sentinels listen. Others that these know are found.
    public var sentinels: [Endpoint]
    /// The name that the Sentinels know the primary by.
    public var name: String
    /// Which server is connected to. The default is the primary.
    public var server: ServerPreference
    /// User and password for the Sentinels, which have their own. `nil`, the default, authenticates not at all.
    public var credentials: (any CredentialsProvider)?
    /// How links to Sentinels are secured; `nil`, the default, sends everything in clear.
    public var tls: TLSConfiguration?
    /// How long one Sentinel may take to answer. The default is 1 s.
    public var timeout: Duration

    /// Which server of a group is connected to.
    public enum ServerPreference: Sendable, Hashable {
        /// The one that takes writes.
        case primary
        /// A replica that the Sentinels hold for healthy, and the primary where there is none.
        case replica
    }

    /// A primary by its name, with the default that each property names.
    public init(sentinels: [Endpoint], name: String) {
        self.sentinels = sentinels
        self.name = name
        server = .primary
        credentials = nil
        tls = nil
        timeout = .seconds(1)
    }

    func validate() throws(RedisError) {
        func check(_ isValid: Bool, _ complaint: String) throws(RedisError) {
            if !isValid { throw RedisError(.invalidConfiguration, complaint) }
        }
        try check(!sentinels.isEmpty, "sentinel.sentinels is empty")
        try check(!name.isEmpty, "sentinel.name is empty")
        try check(timeout > .zero, "sentinel.timeout is not positive")
    }
}
