extension Monitor {
    /// What happens when more events wait for the readers of a `Monitor` than its `RedisBufferLimit` allows.
    ///
    /// Whatever is dropped is counted in `statistics`, and a `.drop` event stands where it would have stood. To stop
    /// reading is not among them: the server would keep what is not read, without bound.
    public struct OverflowPolicy: Sendable, Hashable {
        let rule: OverflowRule

        /// The oldest commands go. The default.
        public static let dropOldest = OverflowPolicy(rule: .dropOldest)

        /// What arrives is dropped until the readers have made room.
        public static let dropNewest = OverflowPolicy(rule: .dropNewest)

        /// The link is closed and the stream ends with `.consumerTooSlow`, after what waited and a `.drop` for what did
        /// not fit.
        public static let fail = OverflowPolicy(rule: .fail)
    }
}
