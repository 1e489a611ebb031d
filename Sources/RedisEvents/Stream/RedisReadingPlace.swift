/// Where a reader stands: the segment that it works through, and the handlers that it looked up. Replacing it loses
/// nothing; it only saves work.
public struct RedisReadingPlace: Sendable {
    @usableFromInline var cursor: SharedCursor?
    /// What was worked through until this reader claimed the last of it, for the mailbox to use again.
    @usableFromInline var spent: SharedCursor?
    private var handlers = HandlerCache()
    /// Which bits of a record's handler number count: none where readers have no handlers.
    private let handlerMask: UInt32
    /// Whether records come out as the server wrote them.
    @usableFromInline let isRaw: Bool
    /// Whether the source is known to have been started.
    var hasStarted: Bool
    /// The mailbox's count of arrivals when this reader last searched the whole queue in vain.
    var arrivals: Int?

    init(hasHandlers: Bool, isRaw: Bool, hasStarted: Bool) {
        handlerMask = hasHandlers ? .max : 0
        self.isRaw = isRaw
        self.hasStarted = hasStarted
    }

    /// The next event, if it came as a record, is for no handler and lies at hand.
    @inlinable @inline(__always)
    mutating func takeRecord() -> RedisStreamRecord? {
        let index = claimRecord()
        // In the caller's module, so that the record is moved once.
        guard index >= 0, let cursor else { return nil }
        let record = RedisStreamRecord(slab: cursor.slab, record: cursor.records[index], isRaw: isRaw)
        if index &+ 1 == cursor.count { letGo() }
        return record
    }

    /// Claims the next record, if it is for no handler and lies at hand. Returns its index, or -1.
    @usableFromInline
    func claimRecord() -> Int { cursor?.claimIndex(for: 0, mask: handlerMask) ?? -1 }

    /// Lets go of the segment, because its last record is claimed.
    @usableFromInline
    mutating func letGo() { spent = cursor.take() }

    @inlinable var hasSpent: Bool { spent != nil }

    mutating func takeSpent() -> SharedCursor? { spent.take() }

    /// Claims all records at hand that come next and are for no handler.
    mutating func takeRecords<Event>() -> RedisEventBatch<Event>? {
        guard let current = cursor, let range = current.claimMessages(mask: handlerMask) else { return nil }
        if range.upperBound == current.records.count { spent = cursor.take() }
        return RedisEventBatch(slab: current.slab, records: current.records[range], isRaw: isRaw)
    }

    /// Lets handlers that do not suspend take the messages that come next, while they lie at hand. Returns whether the
    /// reader may go on.
    @inline(__always)
    mutating func callHandlers(of pubsub: PubSub, whileTrue mayGoOn: () -> Bool) throws(RedisError) -> Bool {
        guard let current = cursor else { return true }
        let (table, slab) = (pubsub.handlers, current.slab)
        // Asked before the handler is looked up: handlers may be replaced at any time.
        while case let version = table.version, case let number = current.nextHandler, number != 0,
            case .calling(let body)? = handlers.handler(number, in: table)?.kind
        {
            while table.version == version {
                guard mayGoOn() else { return false }
                guard let (record, isLast) = current.claimMessage(for: number) else { break }
                if isLast {
                    cursor = nil
                    pubsub.mailbox.recycle(current)
                }
                do { try body(PubSub.Message(slab: slab, record: record)) } catch { throw .handlerFailed(error) }
            }
        }
        return true
    }

    /// Lets go of handlers that were replaced meanwhile, because nothing is queued.
    mutating func rest(_ table: HandlerTable) { handlers.refresh(table) }

    /// The handler that a number stands for now.
    mutating func handler(_ number: UInt32, in table: HandlerTable) -> PubSub.Handler? {
        number == 0 ? nil : handlers.handler(number, in: table)
    }
}

/// What a reader leaves out. Confirmations, link events and gaps are read all the same, and count as delivered; events
/// of other servers stay where they are.
package struct ReadFilter: Sendable {
    var ignored: IgnoredEvents = []
    /// The only server whose events are wanted.
    var node: RedisEndpoint?
}

/// Kinds of events that a reader leaves out.
package struct IgnoredEvents: OptionSet, Sendable {
    package let rawValue: UInt8

    /// Confirmations of the server.
    static let confirmations = IgnoredEvents(rawValue: 1)
    /// Link events and gaps.
    static let linkEvents = IgnoredEvents(rawValue: 2)

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    init(confirmations: Bool, linkEvents: Bool) {
        self = []
        if confirmations { insert(.confirmations) }
        if linkEvents { insert(.linkEvents) }
    }

    func leavesOut(_ event: PubSub.Event) -> Bool {
        if isEmpty { return false }
        return contains(.confirmations) && event.isConfirmation || contains(.linkEvents) && event.isOfLink
    }
}
