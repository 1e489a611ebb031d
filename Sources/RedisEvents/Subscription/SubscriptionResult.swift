extension PubSub {
    /// The result for one name of a subscribe or unsubscribe call.
    public struct SubscriptionResult: Sendable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// The server's count after the confirmation, or the server's error. Channels and patterns share one count,
        /// shard channels have their own (https://redis.io/docs/latest/develop/pubsub/). A name that was unsubscribed
        /// without a command has the count `nil`: it was not subscribed, the link was down, or a dedicated
        /// `PubSub.Subscription` keeps it.
        public let outcome: Result<Int?, RedisError>

        /// The error, when the server refused.
        public var error: RedisError? {
            if case .failure(let error) = outcome { return error }
            return nil
        }

        /// The server's count, when it confirmed.
        public var count: Int? { (try? outcome.get()) ?? nil }
    }

    /// The state of one subscription: what is wanted, and what the server has confirmed.
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

    /// The server has confirmed a subscribe or an unsubscribe.
    public struct SubscriptionChange: Sendable, Hashable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// The server's count; `nil` when a lost link ended the subscription, or when the stream gave up a name that a
        /// dedicated `PubSub.Subscription` keeps. Channels and patterns share one count, shard channels have their own.
        public let count: Int?
    }

    /// The server has refused a name. It is not requested again unless the user does so.
    public struct SubscriptionRefusal: Sendable {
        /// The family of the name.
        public let kind: RedisSubscriptionKind
        /// The name.
        public let name: RedisBytes
        /// The server's error.
        public let error: RedisError
    }
}
