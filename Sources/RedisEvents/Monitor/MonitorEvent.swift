extension Monitor {
    /// What comes out of a `Monitor`, in order.
    public enum Event: Sendable {
        /// A command that the server executed.
        case command(Monitor.Command)
        /// A line: each one when the monitor was asked for lines, else one whose form is not known.
        case line(Monitor.Line)
        /// Commands of one server may have been missed here, because the link was down; which one tells `node`.
        indirect case gap(RedisGap)
        /// Lines were dropped here, because the reader was too slow.
        case drop(RedisDrop)
        /// The link was lost, is being opened again, or is back.
        indirect case link(RedisLinkEvent)
        /// Nobody looks after what the server keeps for this monitor, for the reason given: the guard's own link was
        /// refused, or may not ask (`+client|list`). Told once until it works again; the monitor goes on.
        indirect case unguarded(RedisError)
        /// The monitor has ended with this error, or could not begin; only `listen`, which cannot throw, tells it this
        /// way, as its last event.
        indirect case failed(RedisError)

        /// The server that it came from, or is about; `nil` for drops, which may be of several.
        public var node: RedisEndpoint? {
            switch self {
            case .command(let command): command.node
            case .line(let line): line.node
            case .gap(let gap): gap.cause.node
            case .link(let event): event.node
            case .unguarded(let error), .failed(let error): error.endpoint
            case .drop: nil
            }
        }

        /// The command, if it is one.
        @inlinable public var command: Monitor.Command? {
            if case .command(let command) = self { return command }
            return nil
        }
    }
}

extension Monitor.Event: RedisStreamEvent {
    /// The command, or the line, that came as that record.
    ///
    /// - Parameter record: The bytes of the line.
    public init(_ record: RedisStreamRecord) {
        self.init(record.slab, record.record, isRaw: record.isRaw)
    }

    @inline(__always)
    fileprivate init(_ slab: [UInt8], _ record: Record, isRaw: Bool) {
        let (start, count) = (record.start, record.payloadLength)
        let node = NodeNumber(value: record.node)
        if !isRaw, let layout = MonitorLine.Layout(slab.span.rawBytes.part(start..<(start &+ count))) {
            self = .command(Monitor.Command(slab, at: start, layout, node))
        } else {
            self = .line(Monitor.Line(RedisBytes(storage: slab, start: start, count: count), node))
        }
    }

    /// The next command or line, if one lies at hand.
    ///
    /// - Parameter place: Where the reader is.
    /// - Returns: The event.
    @inlinable @inline(__always)
    public static func next(at place: inout RedisReadingPlace) -> Monitor.Event? { place.takeMonitorEvent() }
}

extension RedisReadingPlace {
    /// The next command or line, if one lies at hand.
    @usableFromInline
    mutating func takeMonitorEvent() -> Monitor.Event? {
        let index = claimRecord()
        guard index >= 0 else { return nil }
        let event = monitorEvent(at: index)
        if isLast(index) { letGo() }
        return event
    }

    // Apart from what changes this place, so that the cursor need not be counted.

    private func monitorEvent(at index: Int) -> Monitor.Event? { cursor?.monitorEvent(at: index, isRaw: isRaw) }

    private func isLast(_ index: Int) -> Bool { cursor.map { index &+ 1 == $0.count } ?? false }
}

extension SharedCursor {
    /// The event of a claimed record. A method, so that neither the cursor nor its records are counted.
    @inline(never)
    fileprivate func monitorEvent(at index: Int, isRaw: Bool) -> Monitor.Event {
        Monitor.Event(slab, records[index], isRaw: isRaw)
    }
}

extension Monitor.Event: MailboxControl {
    package static func dropped(_ drop: RedisDrop) -> Monitor.Event { .drop(drop) }

    package var drop: RedisDrop? {
        if case .drop(let drop) = self { return drop }
        return nil
    }

    package var heldBytes: Int {
        switch self {
        case .command(let command): 256 + command.arguments.reduce(0) { $0 + $1.heldBytes }
        case .line(let line): line.bytes.heldBytes
        case .gap(let gap): gap.heldBytes
        case .drop: 0
        case .link(let event): event.heldBytes
        case .unguarded(let error), .failed(let error): error.heldBytes
        }
    }

    package var mayBeDropped: Bool {
        switch self {
        case .gap, .drop, .link, .unguarded, .failed: false
        case .command, .line: true
        }
    }

    package mutating func absorb(_ later: Monitor.Event) -> Bool {
        switch (self, later) {
        case (.drop(let mine), .drop(let other)): self = .drop(mine + other)
        // What is told of one server is not told of another.
        case (.gap(let mine), .gap(let other)) where node == later.node: self = .gap(mine.extended(to: other))
        case (.link, .link) where node == later.node: self = later
        case (.unguarded, .unguarded) where node == later.node: self = later
        default: return false
        }
        return true
    }
}

extension Monitor.Event: CustomStringConvertible {
    /// The event in words. Of a command its name shows, and never its arguments.
    public var description: String {
        switch self {
        case .command(let command): command.description
        case .line(let line): "a line of \(line.bytes.count.inBytes)"
        case .gap(let gap): gap.description
        case .drop(let drop): drop.description
        case .link(let event): event.description
        case .unguarded(let error): "the server's memory is not watched: \(error)"
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension Monitor.Command: CustomStringConvertible {
    /// Who sent which command, and how many arguments it had: `SET from 127.0.0.1:42966 in database 0 (2 arguments)`.
    public var description: String {
        let name = name.shown(upTo: ShownText.nameLimit)
        let place = database.map { " in database \($0)" } ?? ""
        let count = arguments.count - 1
        return "\(name) from \(source)\(place) (\(count) \(count == 1 ? "argument" : "arguments"))"
    }
}
