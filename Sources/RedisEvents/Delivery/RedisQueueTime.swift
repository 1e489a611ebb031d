/// How long events waited between the link and their reader.
///
/// Readers take events in batches, and every event of a batch counts with the wait of the oldest one, so the figures
/// are upper bounds. Gaps, link events and confirmations count like messages. Drops do not count, nor does what
/// the overflow policy has kept of a batch that it dropped.
public struct RedisQueueTime: Sendable, Hashable {
    /// How many events are counted.
    public private(set) var events = 0
    /// The longest wait.
    public private(set) var maximum = Duration.zero
    private var total = Duration.zero
    /// The number of events by the number of bits of their wait in microseconds.
    private var buckets: [Int] = []

    /// A statistic without any events.
    public init() {}

    /// The mean wait; zero before the first event.
    public var mean: Duration { events == 0 ? .zero : total / events }

    /// The wait that this share of the events did not exceed, rounded up to the next power of two of a microsecond, and
    /// never above `maximum`.
    ///
    /// - Parameter share: From 0 to 1; 0.99 returns the wait that one event in a hundred exceeded.
    /// - Returns: The wait.
    public func percentile(_ share: Double) -> Duration {
        let wanted = Double(events) * min(max(share, 0), 1)
        var seen = 0
        for (bits, count) in buckets.enumerated() {
            seen += count
            if count > 0, Double(seen) >= wanted { return min(maximum, .microseconds(Int64(1) << bits)) }
        }
        return maximum
    }

    /// Adds a batch.
    mutating func add(_ wait: Duration, events count: Int) {
        let wait = max(wait, .zero)
        let (seconds, attoseconds) = wait.components
        let microseconds = min(seconds, 1 << 40) * 1_000_000 + attoseconds / 1_000_000_000_000
        let bits = Int64.bitWidth - microseconds.leadingZeroBitCount
        while buckets.count <= bits { buckets.append(0) }
        buckets[bits] += count
        events += count
        total += wait * count
        maximum = max(maximum, wait)
    }
}
