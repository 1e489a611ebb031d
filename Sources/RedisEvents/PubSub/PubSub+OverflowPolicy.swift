extension PubSub {
    /// What happens when more events wait for the readers of a `PubSub` than its `RedisBufferLimit` allows.
    ///
    /// Whatever is dropped is counted in `statistics`, and a `.drop` event with the count and the bytes takes its
    /// place. Gaps, link events and refusals are never dropped.
    public struct OverflowPolicy: Sendable, Hashable {
        let rule: OverflowRule

        /// Drops the oldest events. The default.
        public static let dropOldest = OverflowPolicy(rule: .dropOldest)

        /// Drops new events until the readers have made room.
        public static let dropNewest = OverflowPolicy(rule: .dropNewest)

        /// Drops older messages of a channel before its latest one.
        ///
        /// When a message arrives and there is no room, the oldest waiting message of the same channel and the same
        /// subscription is dropped; messages of a pattern are separate from those of the channel itself. If there is
        /// none, the message of another channel that has been outdated for the longest time is dropped, and only if
        /// each channel has one waiting message, the oldest of all. While the limit is above the number of channels,
        /// the latest message of each arrives.
        public static let latestPerChannel = OverflowPolicy(rule: .latestPerChannel)

        /// Stops reading the link until the readers are below half of the limit. Nothing is dropped on this side except
        /// pushes of unknown kinds beyond `RedisBufferLimit.pushBytes`, and at most the events of one read of the
        /// socket (64 KiB, or one larger message) wait beyond the limit.
        ///
        /// The server keeps what is not read, up to its `client-output-buffer-limit` for Pub/Sub. Beyond that it closes
        /// the link, and a gap reports it. While the link is paused, its end is not noticed and no heartbeat is sent,
        /// and the dedicated subscriptions of the same `PubSub` wait as well, because they share the socket. A
        /// subscribe, an unsubscribe or a ping is still answered: the link is read until the reply has come, up to
        /// 128 MiB beyond the limit if necessary.
        public static let pauseReading = OverflowPolicy(rule: .pauseReading)

        /// Closes the link and ends the stream with `.consumerTooSlow`, after the waiting events and a `.drop` for
        /// those that did not fit. The `PubSub` cannot be used any more.
        public static let fail = OverflowPolicy(rule: .fail)
    }
}
