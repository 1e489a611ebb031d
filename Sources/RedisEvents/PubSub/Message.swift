extension PubSub {
    /// A published message.
    public struct Message: Sendable {
        /// The kind of subscription that brought the message.
        public enum Kind: UInt8, Sendable, Hashable {
            /// A channel subscription.
            case message
            /// A pattern subscription.
            case pmessage
            /// A shard channel subscription.
            case smessage
        }

        // One reference to the memory of the whole read takes the place of one for each of three fields.
        @usableFromInline let slab: [UInt8]
        @usableFromInline let record: Record

        @usableFromInline
        package init(slab: [UInt8], record: Record) {
            self.slab = slab
            self.record = record
        }

        /// Copies a borrowed message.
        public init(_ view: borrowing PubSub.MessageView) {
            var segment = Segment<PubSubControl>()
            segment.append(view, handler: 0)
            record = segment.removeFirst()
            slab = segment.slab
        }

        /// The kind of subscription that brought the message.
        @inlinable public var kind: Kind { Kind(rawValue: record.kind) ?? .message }

        /// The channel of the message. Keeping a channel of up to 256 bytes keeps at most a few times its size, and not
        /// the memory of the whole read. To keep a longer one, use `channel.compacted()`.
        @inlinable public var channel: RedisBytes {
            RedisBytes(partOf: slab, start: record.channelStart, count: record.channelLength)
        }

        /// The pattern that matched, for a `pmessage`. Its memory is like that of `channel`.
        public var pattern: RedisBytes? {
            kind == .pmessage ? RedisBytes(partOf: slab, start: record.start, count: record.patternLength) : nil
        }

        /// The published bytes. They share the memory of everything that came in the same read, up to about 64 KiB. To
        /// keep a payload for long, use `payload.compacted()`, or `PubSub.Message.compacted()` for the whole message.
        @inlinable public var payload: RedisBytes {
            RedisBytes(storage: slab, start: record.payloadStart, count: record.payloadLength)
        }

        /// A copy of the message in memory of its own.
        public func compacted() -> PubSub.Message {
            let (pattern, channel, payload) = (pattern ?? RedisBytes(), channel, payload)
            let view = PubSub.MessageView(
                kind: kind,
                receivedAt: receivedAt,
                node: NodeNumber(value: record.node),
                pattern: pattern.rawSpan,
                channel: channel.rawSpan,
                payload: payload.rawSpan
            )
            var segment = Segment<PubSubControl>()
            segment.append(view, handler: record.handler)
            let copy = segment.removeFirst()
            return PubSub.Message(slab: segment.slab, record: copy)
        }

        /// The payload as text, or `nil` when it is not UTF-8.
        public var text: String? { payload.text }

        /// The bytes of names and payload together.
        var byteCount: Int { record.byteCount }

        /// The server that sent the message.
        public var node: RedisEndpoint? { NodeNumber(value: record.node).endpoint }

        /// When the message arrived here, by the wall clock.
        public var receivedAt: RedisTimestamp { RedisTimestamp(microseconds: record.time) }
    }
}

extension PubSub.Message: CustomStringConvertible, CustomReflectable {
    /// The kind, the channel and the payload's length, but not the payload itself.
    public var description: String { "\(kind) \(channel.shown()) (\(payload.count.inBytes))" }

    /// The parts of this message, without the memory that it shares with other messages.
    public var customMirror: Mirror {
        Mirror(self, children: ["kind": kind, "channel": channel, "payload": payload], displayStyle: .struct)
    }
}
