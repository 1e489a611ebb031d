/// Checks now and then that messages still reach a `PubSub`.
///
/// A link can be alive although no message can come over it: its server was demoted and nobody publishes there any
/// more, the server's replication is broken, or another server has taken over the address. A heartbeat does not notice
/// that, but the probe does. When no message has come for `interval`, it opens a new connection to whichever server the
/// endpoint leads to now, publishes a number to a channel of its own there, and expects the number over the subscribed
/// link. If the number does not come within `timeout`, the link is closed, the name is looked up again, and a gap is
/// reported as after any loss.
///
/// Each check costs a connection and a PUBLISH, and the user needs the right to publish and to subscribe to the
/// channel. Other subscribers of a pattern such as `*` get the numbers; the readers of this `PubSub` do not.
public struct RedisDeliveryProbe: Sendable, Hashable {
    /// How long no message must have come before a check. The default is 30 s.
    public var interval: Duration
    /// How long the published number may take to arrive. The default is 5 s.
    public var timeout: Duration
    /// The beginning of the channel's name; a number of this `PubSub` follows. The default is `redis-events:probe:`.
    public var channelPrefix: String

    /// A probe. Each property has its documented default.
    public init(
        interval: Duration = .seconds(30),
        timeout: Duration = .seconds(5),
        channelPrefix: String = "redis-events:probe:"
    ) {
        self.interval = interval
        self.timeout = timeout
        self.channelPrefix = channelPrefix
    }
}
