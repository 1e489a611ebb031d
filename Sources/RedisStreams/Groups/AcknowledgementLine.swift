/// What the server has to be told was acknowledged: in batches of one stream each, one at a time. A stream that refuses
/// is left alone for a while, so that the others have their turn. A plain value.
struct AcknowledgementLine {
    private var waiting: [Settlement] = []
    private var isOpen = false
    /// How often the batches of a stream have failed one after the other.
    private var failureCounts: [Int: Int] = [:]
    private var pausedStreams: Set<Int> = []
    /// Those that the server may have heard of, though its reply has not come.
    private var maybeTold: Set<UInt64> = []

    /// The most entries of one batch.
    private static var largestBatch: Int { 1000 }
    private static var shortestPause: Duration { .milliseconds(200) }

    mutating func append(_ settlement: Settlement) { waiting.append(settlement) }

    /// What to tell the server now, in the order of the stream. It is open until `ended`. `nil` while another one is,
    /// and if there is nothing to tell.
    mutating func nextBatch() -> (stream: Int, settlements: [Settlement])? {
        guard !isOpen, let first = waiting.first(where: { !pausedStreams.contains($0.place.stream) }) else {
            return nil
        }
        isOpen = true
        let stream = first.place.stream
        var batch: [Settlement] = []
        var rest: [Settlement] = []
        for item in waiting {
            if item.place.stream == stream, batch.count < Self.largestBatch {
                batch.append(item)
            } else {
                rest.append(item)
            }
        }
        waiting = rest
        return (stream, batch.sorted { $0.place.id < $1.place.id })
    }

    /// The server has answered, or will not.
    mutating func ended() { isOpen = false }

    mutating func succeeded(_ stream: Int) { failureCounts[stream] = nil }

    /// The server could not be told of these, for which nobody waits: it is told later, again and again.
    ///
    /// - Parameters:
    ///   - settlements: Those of the batch.
    ///   - stream: Their stream.
    ///   - mayBeTold: Whether the server may have heard of them.
    /// - Returns: After what time the stream has to be resumed, and whether it is the first failure in a row.
    mutating func failed(
        _ settlements: [Settlement],
        of stream: Int,
        mayBeTold: Bool
    ) -> (pause: Duration, isFirst: Bool) {
        waiting += settlements
        if mayBeTold { maybeTold.formUnion(settlements.map(\.number)) }
        let count = failureCounts[stream, default: 0]
        failureCounts[stream] = min(count + 1, 5)
        pausedStreams.insert(stream)
        return (Self.shortestPause * (1 << count), count == 0)
    }

    mutating func resume(_ stream: Int) { pausedStreams.remove(stream) }

    /// Nothing has to be known any more of an entry. Returns whether the server may have heard of it before.
    @discardableResult
    mutating func forget(_ number: UInt64) -> Bool { maybeTold.remove(number) != nil }
}
