/// Where the events of keys go. Called on the loop, in order; it must not block.
package protocol KeyspaceSink: AnyObject {
    /// Something happened to a key of the server that `node` stands for.
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: Timestamp, node: NodeNumber)

    /// Anything else.
    func event(_ event: KeyspaceEvent)

    /// The events of one turn are complete; `isDrained` tells that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// No event will come any more; with the error that ended the stream, if it was one.
    func ended(_ error: RedisError?)
}

/// Puts the events into a mailbox: one copy an event, one lock and at most one wake a read.
final class KeyspaceMailboxSink: KeyspaceSink {
    private let mailbox: Mailbox<KeyspaceEvent>
    private var segment = Segment<KeyspaceEvent>()

    init(_ mailbox: Mailbox<KeyspaceEvent>) { self.mailbox = mailbox }

    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: Timestamp, node: NodeNumber) {
        // No reader calls handlers here; the record's number is the database.
        segment.append(
            kind: 0,
            handler: UInt32(truncatingIfNeeded: database),
            pattern: RawSpan(),
            channel: name,
            payload: key,
            time: time,
            node: node
        )
    }

    func event(_ event: KeyspaceEvent) { segment.append(event) }

    func turnEnded(isDrained: Bool) { mailbox.commit(&segment) }

    func ended(_ error: RedisError?) {
        mailbox.commit(&segment)
        mailbox.finish(throwing: error)
    }
}

extension KeyEvent {
    /// The event that a record stands for.
    init(_ record: Record, slab: [UInt8]) {
        self.init(
            name: Name(RedisBytes(storage: slab, start: record.start, count: record.channelLength)),
            key: RedisBytes(storage: slab, start: record.start + record.channelLength, count: record.payloadLength),
            database: Int(record.handler),
            receivedAt: Timestamp(microseconds: record.time),
            NodeNumber(value: record.node)
        )
    }
}
