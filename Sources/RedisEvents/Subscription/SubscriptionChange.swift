extension PubSub {
    /// The server has confirmed a subscribe or an unsubscribe.
    public struct SubscriptionChange: Sendable, Hashable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// The server's count; `nil` when a lost link ended the subscription instead, or when the stream
        /// let go of a name that a private `PubSub.Subscription` keeps. Channels and patterns share one count,
        /// shard channels have their own.
        public let count: Int?
    }
}

extension PubSub {
    /// The server has refused a name. It is not asked for again unless the user does.
    public struct SubscriptionRefusal: Sendable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// Why.
        public let error: RedisError
    }
}
