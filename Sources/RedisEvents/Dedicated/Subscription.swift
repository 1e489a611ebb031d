extension PubSub {
    /// Some names of a `PubSub` with a buffer of their own: limit, overflow policy, statistics and readers.
    ///
    /// ```swift
    /// let few = RedisBufferLimit(events: 100)
    /// let prices = try await pubsub.subscription(to: "prices", buffer: few, overflow: .latestPerChannel)
    /// for try await event in prices.events { print(event) }
    /// ```
    ///
    /// However slowly it is read, no other reader of the link waits for it or loses a message because of it. Its stream
    /// holds the messages and confirmations of its names, with the drops, gaps and link events at their place among
    /// them. The common stream of the `PubSub` has the same names only if `subscribe` was called for them as well; then
    /// each gets its own copy.
    ///
    /// A subscription ends with `close`, when it is released, when the server has refused the last of its names, when
    /// the `PubSub` is closed, and by `OverflowPolicy.fail`. A name is unsubscribed when neither the stream nor another
    /// subscription has it.
    public final class Subscription: Sendable {
        /// What the names are.
        public let kind: RedisSubscriptionKind
        /// What the server said to each name when it was subscribed. Refused names are not retried.
        public let results: [PubSub.SubscriptionResult]
        /// The object whose link the subscription shares. It lives at least as long as its subscriptions.
        public let pubsub: PubSub

        package let mailbox: Mailbox<PubSubControl>

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

        /// Ends the subscription and its readers. Discards the waiting events, which count as dropped, and returns when
        /// the server has answered for the names that nobody else has. Idempotent, from any task.
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
    package var loop: RedisEventLoop { pubsub.loop }

    package func event(_ control: PubSubControl, leavingOut ignored: IgnoredEvents) -> PubSub.Event? {
        guard case .event(let event) = control, !pubsub.ignored.leavesOut(event) else { return nil }
        return event
    }

    package func undeliverable(_ event: PubSub.Event) -> RedisDrop { pubsub.undeliverable(event) }

    package func isConfirmation(_ event: PubSub.Event) -> Bool { event.isConfirmation }

    package func closeNow() {
        mailbox.close()
        _ = pubsub.startClosing(mailbox)
    }
}

extension PubSub.Subscription {
    /// What happens when more events wait in a dedicated subscription than its `RedisBufferLimit` allows. Only the
    /// `PubSub` may choose to stop reading the link, because that stops every other reader of the link as well.
    public struct OverflowPolicy: Sendable, Hashable {
        let rule: OverflowRule

        /// Drops the oldest events. The default.
        public static let dropOldest = OverflowPolicy(rule: .dropOldest)

        /// Drops new events until the readers have made room.
        public static let dropNewest = OverflowPolicy(rule: .dropNewest)

        /// Drops older messages of a channel before its latest one, as `PubSub.OverflowPolicy.latestPerChannel` does.
        public static let latestPerChannel = OverflowPolicy(rule: .latestPerChannel)

        /// Ends the subscription with `.consumerTooSlow`, after the waiting events and a `.drop` for those that did not
        /// fit. Its names are unsubscribed as by `close`. The link and the other readers go on.
        public static let fail = OverflowPolicy(rule: .fail)
    }
}
