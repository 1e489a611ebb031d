extension PubSub {
    /// A message that still lies in the read buffer. It is valid only during the call, which the compiler enforces.
    /// `PubSub.Message(view)` keeps it.
    public struct MessageView: ~Escapable {
        /// The kind of subscription that brought the message.
        public internal(set) var kind: PubSub.Message.Kind
        /// When the message arrived here, by the wall clock.
        public let receivedAt: RedisTimestamp
        package let nodeNumber: NodeNumber
        /// The pattern that matched; empty unless `kind` is `.pmessage`.
        public internal(set) var pattern: RawSpan
        /// The channel of the message.
        public internal(set) var channel: RawSpan
        /// The published bytes.
        public internal(set) var payload: RawSpan

        @_lifetime(copy pattern, copy channel, copy payload)
        init(
            kind: PubSub.Message.Kind,
            receivedAt: RedisTimestamp,
            node: NodeNumber = .none,
            pattern: RawSpan,
            channel: RawSpan,
            payload: RawSpan
        ) {
            self.kind = kind
            nodeNumber = node
            self.receivedAt = receivedAt
            self.pattern = pattern
            self.channel = channel
            self.payload = payload
        }

        /// The server that sent the message.
        public var node: RedisEndpoint? { nodeNumber.endpoint }
    }
}

extension Segment {
    /// Appends the records of a run's current message and of all that follow with the same names. `appendFrames` must
    /// bring their bytes, from the returned position on: that is `start`, or lies behind frames that were withheld.
    @inline(never)
    mutating func appendAll(_ run: inout MessageRun, _ pass: inout FilterPass, handler: UInt32, from start: Int) -> Int
    {
        var (start, offset) = (start, slab.count &- start)
        // What the names decide is the same for all of them.
        var record = Record(run, handler: handler, start: 0)
        repeat {
            if pass.asksEach, let end = pass.takeWithheldStart() {
                appendFrames(of: run, start..<end)
                start = run.frameStart
                offset = slab.count &- start
            }
            record.move(to: run, behind: offset)
            append(record)
        } while pass.nextOfSameNames(&run)
        return start
    }

    /// Appends the bytes of messages whose records were appended before, in one piece.
    mutating func appendFrames(of run: borrowing MessageRun, _ range: Range<Int>) { append(run.frames(range)) }

    /// Appends a copy of a message.
    package mutating func append(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        append(
            kind: view.kind.rawValue,
            handler: handler,
            pattern: view.pattern,
            channel: view.channel,
            payload: view.payload,
            time: view.receivedAt,
            node: view.nodeNumber
        )
    }
}
