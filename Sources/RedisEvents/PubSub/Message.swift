extension PubSub {
    /// A published message.
    public struct Message: Sendable {
        /// What a message came by.
        public enum Kind: UInt8, Sendable, Hashable {
            /// A channel subscription.
            case message
            /// A pattern subscription.
            case pmessage
            /// A shard channel subscription.
            case smessage
        }

        // One reference to the memory of the whole read instead of one for each of three fields.
        @usableFromInline let slab: [UInt8]
        @usableFromInline let record: Record

        @usableFromInline
        package init(slab: [UInt8], record: Record) {
            self.slab = slab
            self.record = record
        }

        /// A copy of a borrowed message.
        public init(_ view: borrowing PubSub.MessageView) {
            var segment = Segment<PubSubControl>()
            segment.append(view, handler: 0)
            record = segment.removeFirst()
            slab = segment.slab
        }

        /// What it came by.
        @inlinable public var kind: Kind { Kind(rawValue: record.kind) ?? .message }

        /// The channel that it was published to. Up to 256 bytes it owns them, so that
        /// to keep it does not keep the message; a longer one, keep as `channel.compacted()`.
        @inlinable public var channel: RedisBytes {
            RedisBytes(partOf: slab, start: record.channelStart, count: record.channelLength)
        }

        /// The pattern that matched, for a `pmessage`. It owns its bytes likewise.
        public var pattern: RedisBytes? {
            kind == .pmessage ? RedisBytes(partOf: slab, start: record.start, count: record.patternLength) : nil
        }

        /// The bytes that were published. They share the memory of all that came in the same read, up to some 64 KiB:
        /// what is kept for long, keep as `payload.compacted()`, or the whole message as `PubSub.Message.compacted()`.
        @inlinable public var payload: RedisBytes {
            RedisBytes(storage: slab, start: record.payloadStart, count: record.payloadLength)
        }

        /// The same message in memory of its own.
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

        /// The server that it came from.
        public var node: RedisEndpoint? { NodeNumber(value: record.node).endpoint }

        /// When it arrived here, by the wall clock.
        public var receivedAt: RedisTimestamp { RedisTimestamp(microseconds: record.time) }
    }
}

extension PubSub.Message: CustomStringConvertible, CustomReflectable {
    /// The kind, the channel and the payload's length; the payload itself shows only when it is asked for.
    public var description: String { "\(kind) \(channel.shown()) (\(payload.count) bytes)" }

    /// The parts that belong to this message; the memory that it shares with its neighbours is nobody's to see.
    public var customMirror: Mirror {
        Mirror(self, children: ["kind": kind, "channel": channel, "payload": payload], displayStyle: .struct)
    }
}
