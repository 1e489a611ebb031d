/// Statistics of the events between a link and its readers. Every event that came is delivered, queued or dropped.
public struct RedisDeliveryStatistics: Sendable, Hashable {
    /// Events that wait for the readers now. The number may exceed the limit by the events of one read of the socket,
    /// because readers take events over in batches.
    public var queuedEvents = 0
    /// Bytes that wait for the readers now, bookkeeping included.
    public var queuedBytes = 0
    /// The most events that ever waited, except for those that a reader had begun to take.
    public var highWaterEvents = 0
    /// The most bytes that ever waited, counted in the same way.
    public var highWaterBytes = 0
    /// Events that readers took: messages, confirmations, link events and gaps.
    public var deliveredEvents = 0
    /// Events that nobody received: dropped because the readers were too slow, or as unknown pushes beyond their limit;
    /// discarded by `close`; or messages of names without a handler, for a reader that only calls handlers.
    public var droppedEvents = 0
    /// Bytes of dropped names and payloads, and of dropped events that were not messages.
    public var droppedBytes = 0
    /// How often reading was stopped, by `PubSub.OverflowPolicy.pauseReading`.
    public var pauses = 0
    /// For how long reading was stopped in total.
    public var pausedTime = Duration.zero
    /// How long events waited for a reader.
    public var timeInQueue = RedisQueueTime()
}
