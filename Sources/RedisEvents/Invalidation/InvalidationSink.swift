/// Puts the events into a mailbox: one copy an invalidation, one lock and at most one wake a read.
final class InvalidationSink {
    private let mailbox: Mailbox<Invalidations.Event>
    private var segment = Segment<Invalidations.Event>()
    private var list: [UInt8] = []

    init(_ mailbox: Mailbox<Invalidations.Event>) { self.mailbox = mailbox }

    /// A key of the invalidation that is being read.
    func key(_ key: RawSpan) { KeyList.append(key, to: &list) }

    /// The invalidation is complete.
    func endOfKeys() {
        segment.append(
            kind: 0,
            handler: 0,
            pattern: RawSpan(),
            channel: RawSpan(),
            payload: list.span.rawBytes,
            time: RedisTimestamp(microseconds: 0)
        )
        list.removeAll(keepingCapacity: list.count <= Self.keptCapacity)
    }

    /// Above this the memory of an unusual list is given back with it.
    private static let keptCapacity = 64 << 10

    /// A push of a kind that is not known.
    func unknownPush(_ frame: borrowing Frame) {
        let bytes = frame.heldBytesOfValue
        if bytes <= mailbox.limit.pushBytes - segment.pushCost {
            event(.push(RESPValue(frame)))
        } else {
            event(.dropped(RedisDrop(count: 1, bytes: bytes)))
        }
    }

    func event(_ event: Invalidations.Event) { segment.append(event) }

    func turnEnded() { mailbox.commit(&segment) }

    func ended(_ error: RedisError?) {
        mailbox.commit(&segment)
        mailbox.finish(throwing: error)
    }
}
