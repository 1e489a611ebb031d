extension PubSub.Subscription {
    /// What happens when more events wait in a private subscription than its `RedisBufferLimit` allows. To stop reading the
    /// link is not among them: it would stop every other reader of the link, so that only the `PubSub` may choose it.
    public struct OverflowPolicy: Sendable, Hashable {
        let rule: OverflowRule

        /// The oldest events go. The default.
        public static let dropOldest = OverflowPolicy(rule: .dropOldest)

        /// What arrives is dropped until the readers have made room.
        public static let dropNewest = OverflowPolicy(rule: .dropNewest)

        /// Older messages of a channel go before its latest one, as `PubSub.OverflowPolicy.latestPerChannel` tells.
        public static let latestPerChannel = OverflowPolicy(rule: .latestPerChannel)

        /// The subscription ends with `.consumerTooSlow`, after what waited and a `.drop` for what did not fit. Its names
        /// are unsubscribed as by `close`; the link and the other readers go on.
        public static let fail = OverflowPolicy(rule: .fail)
    }
}
