/// The three families of subscriptions. Their names live in spaces of their own: the channel `a`, the pattern `a` and
/// the shard channel `a` have nothing to do with each other.
public enum RedisSubscriptionKind: UInt8, Sendable, Hashable, CaseIterable {
    /// SUBSCRIBE: messages published to exactly this name.
    case channel
    /// PSUBSCRIBE: messages to every channel that the glob-style pattern matches.
    case pattern
    /// SSUBSCRIBE (Redis 7.0): messages that SPUBLISH sends to exactly this name.
    case shardChannel

    /// The command that subscribes.
    package var subscribeCommand: StaticString {
        switch self {
        case .channel: "SUBSCRIBE"
        case .pattern: "PSUBSCRIBE"
        case .shardChannel: "SSUBSCRIBE"
        }
    }

    /// The command that unsubscribes.
    package var unsubscribeCommand: StaticString {
        switch self {
        case .channel: "UNSUBSCRIBE"
        case .pattern: "PUNSUBSCRIBE"
        case .shardChannel: "SUNSUBSCRIBE"
        }
    }
}
