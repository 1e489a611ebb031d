extension PubSub {
    /// Some names of a `PubSub` with a buffer of their own: limit, overflow policy, statistics and readers.
    ///
    /// ```swift
    /// let few = RedisBufferLimit(events: 100)
    /// let prices = try await pubsub.subscription(to: "prices", buffer: few, overflow: .latestPerChannel)
    /// for try await event in prices.events { print(event) }
    /// ```
    ///
    /// However slowly it is read, nobody else on the link waits for it or loses a message by it. Its stream holds the
    /// messages and confirmations of its names, and the drops, gaps and link events at their place among them. The
    /// common stream of the `PubSub` has the same names only if `subscribe` was called for them as well; then each gets
    /// its own copy.
    ///
    /// It ends with `close`, when it is let go of, when the server has refused the last of its names, when the `PubSub`
    /// is closed, and by `OverflowPolicy.fail`. A name is unsubscribed when the stream and other subscriptions do not
    /// have it.
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

        /// Ends the subscription and its readers, discards what waits, which counts as dropped, and returns when the
        /// server has answered for the names that nobody else has. Idempotent, from any task.
        public func close() async {
            mailbox.close()
            _ = try? await pubsub.startClosing(mailbox).value()
        }
    }
}

extension PubSub.Subscription: RedisEventSource {
    /// The events, in order. Handlers belong to the common stream of the `PubSub`: here every message is an event.
    public var events: RedisEventStream<PubSub.Event> { RedisEventStream(self) }
}

extension PubSub.Subscription: EventSource {
    var loop: RedisEventLoop { pubsub.loop }

    func event(_ control: PubSubControl, leavingOut ignored: IgnoredEvents) -> PubSub.Event? {
        guard case .event(let event) = control, !pubsub.ignored.leavesOut(event) else { return nil }
        return event
    }

    func undeliverable(_ event: PubSub.Event) -> RedisDrop { pubsub.undeliverable(event) }

    func isConfirmation(_ event: PubSub.Event) -> Bool { event.isConfirmation }

    func closeNow() {
        mailbox.close()
        _ = pubsub.startClosing(mailbox)
    }
}

extension PubSub.Subscription {
    /// What happens when more events wait in a subscription than its `RedisBufferLimit` allows. To stop reading
    /// the link is not among them: it would stop every other reader of the link, so that only the `PubSub` may choose
    /// it.
    public struct OverflowPolicy: Sendable, Hashable {
        let rule: OverflowRule

        /// The oldest events go. The default.
        public static let dropOldest = OverflowPolicy(rule: .dropOldest)

        /// What arrives is dropped until the readers have made room.
        public static let dropNewest = OverflowPolicy(rule: .dropNewest)

        /// Older messages of a channel go before its latest one, as `PubSub.OverflowPolicy.latestPerChannel` tells.
        public static let latestPerChannel = OverflowPolicy(rule: .latestPerChannel)

        /// The subscription ends with `.consumerTooSlow`, after what waited and a `.drop` for what did not fit. Its
        /// names are unsubscribed as by `close`; the link and the other readers go on.
        public static let fail = OverflowPolicy(rule: .fail)
    }
}
