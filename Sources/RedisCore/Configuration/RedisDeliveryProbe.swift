/// Proves now and then that messages still reach a `PubSub`.
///
/// A link can be alive and of no use: its server was demoted and nobody publishes there any more, its replication is
/// broken, another server has taken over the address. A heartbeat does not notice. The probe does: when no message has
/// come for
/// `interval`, it connects anew, to whatever the endpoint means by now, publishes a number to a channel of its own
/// there, and expects it over the subscribed link. When it does not come within `timeout`, the link is given up, the
/// name looked up again, and a gap told as after any loss.
///
/// It costs a connection and a PUBLISH each time, and the user needs the right to the channel, both ways. Whoever else
/// subscribes to a pattern such as `*` sees the numbers; the readers of this `PubSub` do not.
public struct RedisDeliveryProbe: Sendable, Hashable {
    /// After how long without a message to ask. The default is 30 s.
    public var interval: Duration
    /// How long the published number may take. The default is 5 s.
    public var timeout: Duration
    /// What the name of the channel begins with; a number of this `PubSub` follows. The default is
    /// `redis-events:probe:`.
    public var channelPrefix: String

    /// A probe with the default that each property names.
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
