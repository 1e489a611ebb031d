/// Where a reader that goes on reading is: what it works through, and the handler that took the last message. With a new one in
/// its place nothing is lost; it only makes the next event cheap.
@usableFromInline
struct ReadingPlace: Sendable {
    var cursor: SharedCursor<PubSubControl>?
    private var handlers = HandlerCache()

    /// The next event, if it is a message for nobody in particular and lies at hand.
    @inline(__always)
    mutating func takeMessage(of pubsub: PubSub) -> PubSub.Message? {
        guard let (record, isLast) = cursor?.claimMessage(for: 0), let message = message(record) else { return nil }
        if isLast { recycle(in: pubsub.mailbox) }
        return message
    }

    @inline(__always)
    private func message(_ record: Record) -> PubSub.Message? {
        cursor.map { PubSub.Message(slab: $0.segment.slab, record: record) }
    }

    /// All of those that come next.
    mutating func takeMessages(of pubsub: PubSub) -> PubSub.Batch? {
        if cursor == nil { cursor = pubsub.mailbox.nextPortion() }
        guard let current = cursor, let range = current.claimMessages() else { return nil }
        if range.upperBound == current.segment.records.count { recycle(in: pubsub.mailbox) }
        return PubSub.Batch(slab: current.segment.slab, records: current.segment.records[range])
    }

    @inline(never)
    private mutating func recycle(in mailbox: Mailbox<PubSubControl>) {
        if let cursor = cursor.take() { mailbox.recycle(cursor) }
    }

    /// Lets handlers that do not suspend take the messages that come next, while they lie at hand. Returns whether the reader may
    /// go on.
    @inline(__always)
    mutating func callHandlers(of pubsub: PubSub, whileTrue mayGoOn: () -> Bool) throws(RedisError) -> Bool {
        guard let current = cursor else { return true }
        let (table, slab) = (pubsub.handlers, current.segment.slab)
        while case let number = current.nextHandler, number != 0, !pubsub.setAside.isInUse,
            case .calling(let body)? = handlers.handler(number, in: table)?.kind
        {
            let version = table.version
            // A reader that wants something else may come at any time, and handlers may be replaced.
            while table.version == version, !pubsub.setAside.isInUse {
                guard mayGoOn() else { return false }
                guard let (record, isLast) = current.claimMessage(for: number) else { break }
                if isLast { recycle(in: pubsub.mailbox) }
                do { try body(PubSub.Message(slab: slab, record: record)) } catch { throw .handlerFailed(error) }
            }
        }
        return true
    }

    /// Nothing is there: handlers that were replaced meanwhile are not held on to.
    mutating func rest(_ table: HandlerTable) { handlers.refresh(table) }

    /// The handler that a number stands for now.
    mutating func handler(_ number: UInt32, in table: HandlerTable) -> PubSub.Handler? {
        number == 0 ? nil : handlers.handler(number, in: table)
    }
}
