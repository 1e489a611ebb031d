extension PubSub {
    /// Some names of a `PubSub` with a buffer of their own: limit, overflow policy, statistics and readers.
    ///
    /// ```swift
    /// let prices = try await pubsub.subscription("prices", buffer: BufferLimit(events: 100), overflow: .latestPerChannel)
    /// for try await event in prices.events { print(event) }
    /// ```
    ///
    /// However slowly it is read, nobody else on the link waits for it or loses a message by it. Its stream holds the messages
    /// and confirmations of its names, and the drops, gaps and link events at their place among them. The common stream of the
    /// `PubSub` has the same names only if `subscribe` was called for them as well; then each gets its own copy.
    ///
    /// It ends with `close`, when it is let go of, when the server has refused the last of its names, when the `PubSub` is
    /// closed, and by `OverflowPolicy.fail`. A name is unsubscribed when the stream and other subscriptions do not have it.
    public final class Subscription: Sendable {
        /// What the names are.
        public let kind: RedisSubscriptionKind
        /// What the server said to each name when it was subscribed. Refused names are not retried.
        public let results: [PubSub.SubscriptionResult]
        /// The object whose link it shares. It lives as long as its subscriptions.
        public let pubsub: PubSub

        let mailbox: Mailbox<PubSubControl>

        init(
            _ pubsub: PubSub,
            _ kind: RedisSubscriptionKind,
            _ mailbox: Mailbox<PubSubControl>,
            _ results: [PubSub.SubscriptionResult]
        ) {
            self.pubsub = pubsub
            self.kind = kind
            self.mailbox = mailbox
            self.results = results
        }

        deinit {
            mailbox.close()
            _ = pubsub.startClosing(mailbox)
        }

        /// What passed between the link and the readers so far.
        public var statistics: RedisDeliveryStatistics { mailbox.statistics }

        /// The error that ended the subscription, if one did.
        public var failure: RedisError? { mailbox.failure }

        /// Ends the subscription and its readers, discards what waits, which counts as dropped, and returns when the server has answered for the names
        /// that nobody else has. Idempotent, from any task.
        public func close() async {
            mailbox.close()
            _ = try? await pubsub.startClosing(mailbox).value()
        }
    }
}
