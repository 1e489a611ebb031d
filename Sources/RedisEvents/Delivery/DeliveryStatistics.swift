/// What passed between a link and its reader so far.
public struct DeliveryStatistics: Sendable, Hashable {
    /// Events that wait for the reader now.
    public var queuedEvents = 0
    /// Bytes that wait for the reader now, bookkeeping included.
    public var queuedBytes = 0
    /// The most events that ever waited.
    public var highWaterEvents = 0
    /// The most bytes that ever waited.
    public var highWaterBytes = 0
    /// Events that were dropped.
    public var droppedEvents = 0
    /// Bytes of names and payloads that were dropped.
    public var droppedBytes = 0
}
