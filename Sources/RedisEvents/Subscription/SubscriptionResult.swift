extension PubSub {
    /// What became of one name of a subscribe or unsubscribe call.
    public struct SubscriptionResult: Sendable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// The server's count after the confirmation, or why the server refused. Channels and patterns share one count, shard
        /// channels have their own (https://redis.io/docs/latest/develop/pubsub/). A name that was unsubscribed without asking
        /// the server, because it was not subscribed, the link was down, or a private
        /// `PubSub.Subscription` keeps it, has the count `nil`.
        public let outcome: Result<Int?, RedisError>

        /// The error, when the server refused.
        public var error: RedisError? {
            if case .failure(let error) = outcome { return error }
            return nil
        }

        /// The server's count, when it confirmed.
        public var count: Int? { (try? outcome.get()) ?? nil }
    }
}
