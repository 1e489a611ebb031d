extension PubSub {
    /// What happens when more events wait for the readers of a `PubSub` than its `RedisBufferLimit` allows.
    ///
    /// Whatever is dropped is counted in `statistics`, and a `.drop` event with the count and the bytes stands where it
    /// would have stood. Gaps, link events and refusals are never dropped.
    public struct OverflowPolicy: Sendable, Hashable {
        let rule: OverflowRule

        /// The oldest events go. The default.
        public static let dropOldest = OverflowPolicy(rule: .dropOldest)

        /// What arrives is dropped until the readers have made room.
        public static let dropNewest = OverflowPolicy(rule: .dropNewest)

        /// Older messages of a channel go before its latest one.
        ///
        /// When a message arrives and there is no room, the oldest one that waits of the same channel (and of the same
        /// subscription: a pattern's messages are told apart from the channel's own) makes it; if none does, the message
        /// of another channel that has been out of date for the longest time; and only if each channel has one message
        /// waiting, the oldest of all. As long as the limit is above the number of channels, the latest of each arrives.
        public static let latestPerChannel = OverflowPolicy(rule: .latestPerChannel)

        /// The link is not read until the readers are below half of the limit. Nothing is dropped here, and at most what
        /// one read of the socket brings (64 KiB, or one message that is larger) waits beyond the limit.
        ///
        /// The server keeps what is not read, up to its `client-output-buffer-limit` for Pub/Sub; beyond that it closes the
        /// link, and a gap tells so. While the link is paused its end is not noticed, no heartbeat is due, and dedicated
        /// subscriptions of the same `PubSub` wait as well: they share the socket. A subscribe, unsubscribe or ping is
        /// answered all the same: the link is read, beyond the limit if need be, until the answer is there.
        public static let pauseReading = OverflowPolicy(rule: .pauseReading)

        /// The link is closed and the stream ends with `.consumerTooSlow`, after what waited and a `.drop` for what did not
        /// fit. The `PubSub` is of no further use.
        public static let fail = OverflowPolicy(rule: .fail)
    }
}
