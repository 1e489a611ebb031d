extension PubSub {
    /// Where one subscription stands: what is wanted, and what the server has confirmed.
    public struct SubscriptionState: Sendable, Hashable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// Whether the user wants it.
        public let isWanted: Bool
        /// Whether the server has confirmed it on the current link.
        public let isConfirmed: Bool
        /// Whether a handler takes its messages.
        public let hasHandler: Bool
    }
}
