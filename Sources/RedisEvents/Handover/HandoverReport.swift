/// What a link that is to take over tells of itself.
enum HandoverReport: Sendable {
    /// It is authenticated, and waits to be told what to subscribe to.
    case ready
    /// It has everything subscribed.
    case confirmed
    /// A message, since then.
    case message(Message, digest: UInt64)
    /// A PING was answered.
    case answered
    /// The server took a subscription away.
    case revoked
    /// It is lost, and tries again.
    case lost
    /// It will not come about.
    case failed(RedisError)
}
