extension PubSub {
    /// A message that still lies in the read buffer. It lives for the call that it is given to; the compiler forbids
    /// more. `PubSub.Message(view)` keeps it.
    public struct MessageView: ~Escapable {
        /// What it came by.
        public let kind: PubSub.Message.Kind
        /// When it arrived here, by the wall clock.
        public let receivedAt: RedisTimestamp
        package let nodeNumber: NodeNumber
        /// The pattern that matched; empty unless `kind` is `.pmessage`.
        public let pattern: RawSpan
        /// The channel that it was published to.
        public let channel: RawSpan
        /// The bytes that were published.
        public let payload: RawSpan

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

        /// The server that it came from.
        public var node: RedisEndpoint? { nodeNumber.endpoint }
    }
}

extension Segment {
    /// Notes a message of a run whose bytes `appendFrames` will bring, together with all from `start` on.
    @inline(__always)
    mutating func append(_ run: borrowing MessageRun, handler: UInt32, from start: Int) {
        append(Record(run, handler: handler, start: slab.count + run.namesStart - start))
    }

    /// Brings the bytes of messages that were noted, in one piece.
    mutating func appendFrames(of run: borrowing MessageRun, _ range: Range<Int>) { append(run.frames(range)) }

    /// Takes a copy of a message.
    mutating func append(_ view: borrowing PubSub.MessageView, handler: UInt32) {
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
