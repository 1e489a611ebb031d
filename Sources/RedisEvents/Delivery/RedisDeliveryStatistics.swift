/// What passed between a link and its readers so far. Every event that came is delivered, queued or dropped.
public struct RedisDeliveryStatistics: Sendable, Hashable {
    /// Events that wait for the readers now. It may be above the limit by what one read of the socket brought, because
    /// readers take events over in batches.
    public var queuedEvents = 0
    /// Bytes that wait for the readers now, bookkeeping included.
    public var queuedBytes = 0
    /// The most events that ever waited, those left aside that a reader had begun to take.
    public var highWaterEvents = 0
    /// The most bytes that ever waited, counted likewise.
    public var highWaterBytes = 0
    /// Events that readers took: messages, confirmations, link events and gaps.
    public var deliveredEvents = 0
    /// Events that nobody got: dropped because the readers were too slow, or as unknown pushes that were too much; discarded by
    /// `close`; or messages of names that have no handler any more, in front of a reader that has nobody else to give them to.
    public var droppedEvents = 0
    /// Bytes of names and payloads that were dropped, and what dropped events held that were no messages.
    public var droppedBytes = 0
    /// How often reading was stopped, by `PubSub.OverflowPolicy.pauseReading`.
    public var pauses = 0
    /// For how long reading was stopped, all together.
    public var pausedTime = Duration.zero
    /// How long events waited for a reader.
    public var timeInQueue = RedisQueueTime()
}
