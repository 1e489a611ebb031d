public import RedisCore
public import RedisRESP
internal import RedisReactor

extension DurableSubscription {
    /// An event of a `DurableSubscription`. The events of one channel come in order.
    public enum Event: Sendable {
        /// A message, as it was published.
        case message(Message)
        /// A message that was read from the stream, because it was published while this reader was away, its link was
        /// down, or its buffer was full.
        case replayed(Message)
        /// Messages are missing here: the stream had trimmed them before they could be read.
        indirect case gap(Gap)
        /// The server does not have messages any more that were delivered: a replica took over that had not got them
        /// yet, or the stream was deleted. What is published from then on follows.
        indirect case rewound(Rewind)
        /// Something that `DurableChannel.publish` has not made.
        indirect case foreign(Foreign)
        /// A link was lost, is being opened again, or is back. Nothing has to be done about it.
        indirect case link(RedisLinkEvent)
        /// The server refuses a channel, or the reading of its stream, for now. It is tried again.
        indirect case refused(Refusal)
        /// The subscription has ended with this error, or could not begin. Only `listen`, which cannot throw, reports
        /// it in this way, as its last event.
        indirect case failed(RedisError)

        /// The message, if it is one, pushed or replayed.
        public var message: Message? {
            switch self {
            case .message(let message), .replayed(let message): message
            case .gap, .rewound, .foreign, .link, .refused, .failed: nil
            }
        }
    }

    /// Messages of a channel that cannot be read any more.
    public struct Gap: Sendable, Hashable {
        /// The channel.
        public let channel: RedisBytes
        /// How many there were; `nil` if the server does not know.
        public let missed: Int?
        /// The message before them, or where the reader began.
        public let after: DurablePosition
        /// The message behind them; `nil` if there is none yet.
        public let before: DurablePosition?
    }

    /// Messages that were delivered and that the server does not have any more.
    public struct Rewind: Sendable, Hashable {
        /// The channel.
        public let channel: RedisBytes
        /// The last message that the server still has of those that were delivered; `nil` if it is not known.
        public let to: DurablePosition?
        /// How many messages behind it were delivered and are lost; `nil` if it is not known.
        public let lost: Int?
    }

    /// What is in a channel or in its stream, but was not put there by `DurableChannel.publish`.
    public enum Foreign: Sendable, Hashable {
        /// A message without a header. It is in no stream, so nobody can read it again.
        case published(channel: RedisBytes, payload: RedisBytes)
        /// An entry of the stream.
        case appended(channel: RedisBytes, RedisStreamEntry)
        /// So many messages without a header came while the buffer was full, and are gone.
        case skipped(count: Int)
    }

    /// Why a channel cannot be subscribed or read for now.
    public struct Refusal: Sendable {
        /// The channel, or the prefix.
        public let channel: RedisBytes
        /// Why.
        public let error: RedisError
    }

    /// A message of a durable channel.
    public struct Message: Sendable {
        let slab: [UInt8]
        let record: Record

        /// Where it stands in its channel. Whoever begins behind it the next time misses nothing.
        public var position: DurablePosition { RecordedPosition.read(slab, at: record.start) }

        /// The id of its entry in the stream. The milliseconds are those of the server's clock when it was published.
        public var id: RedisStreamID { position.id }

        /// The channel. It owns its bytes if they are at most 256.
        public var channel: RedisBytes {
            RedisBytes(partOf: slab, start: record.channelStart, count: record.channelLength)
        }

        /// The published bytes. They share the memory of what came with them; `payload.compacted()` is a copy to keep.
        public var payload: RedisBytes {
            RedisBytes(storage: slab, start: record.payloadStart, count: record.payloadLength)
        }

        /// The payload as text, or `nil` when it is not UTF-8.
        public var text: String? { payload.text }
    }
}

/// The position of a message in its record: three numbers of eight bytes, in the place of the pattern.
enum RecordedPosition {
    static let byteCount = 24

    static func bytes(of position: DurablePosition) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for number in [
            position.id.milliseconds, position.id.sequence, UInt64(bitPattern: Int64(position.number ?? -1)),
        ] {
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
            }
        }
        return bytes
    }

    static func read(_ slab: [UInt8], at start: Int) -> DurablePosition {
        func number(_ index: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(slab[start + index * 8 + $1]) << UInt64($1 * 8) }
        }
        let count = Int64(bitPattern: number(2))
        return DurablePosition(
            id: RedisStreamID(milliseconds: number(0), sequence: number(1)),
            number: count < 0 ? nil : Int(count)
        )
    }
}

/// The kinds of records.
enum DurableRecord {
    static let message: UInt8 = 0
    static let replayed: UInt8 = 1
}

extension DurableSubscription.Event: RedisStreamEvent {
    /// Creates the event of a message from its record.
    ///
    /// - Parameter record: The bytes of the message.
    public init(_ record: RedisStreamRecord) {
        let message = DurableSubscription.Message(slab: record.slab, record: record.record)
        self = record.record.kind == DurableRecord.replayed ? .replayed(message) : .message(message)
    }
}

extension DurableSubscription.Event: MailboxControl {
    // Nothing is dropped here: a full buffer makes the reader read from the stream later.
    package static func dropped(_ drop: RedisDrop) -> DurableSubscription.Event { .failed(.unexpectedDrop(drop)) }

    package var drop: RedisDrop? { nil }

    package var heldBytes: Int {
        switch self {
        case .message(let message), .replayed(let message): message.record.byteCount
        case .gap(let gap): 96 + gap.channel.heldBytes
        case .rewound(let rewind): 64 + rewind.channel.heldBytes
        case .foreign(.published(let channel, let payload)): channel.heldBytes + payload.heldBytes
        case .foreign(.appended(let channel, let entry)):
            entry.fields.reduce(channel.heldBytes) { $0 + 48 + $1.name.heldBytes + $1.value.heldBytes }
        case .foreign(.skipped): 0
        case .link(let event): event.heldBytes
        case .refused(let refusal): refusal.channel.heldBytes + refusal.error.heldBytes
        case .failed(let error): error.heldBytes
        }
    }

    package var node: RedisEndpoint? { nil }

    package var observed: ObservedControl? { nil }

    package var mayBeDropped: Bool { false }

    package mutating func absorb(_ later: DurableSubscription.Event) -> Bool {
        guard case .link = self, case .link = later else { return false }
        self = later
        return true
    }
}

extension RedisError {
    fileprivate static func unexpectedDrop(_ drop: RedisDrop) -> RedisError {
        RedisError(.consumerTooSlow, "events of a durable channel were dropped: \(drop)", phase: .listen)
    }
}

extension DurableSubscription.Event: CustomStringConvertible {
    /// The event in words. It contains names, but never payloads.
    public var description: String {
        switch self {
        case .message(let message): "message: \(message)"
        case .replayed(let message): "replayed: \(message)"
        case .gap(let gap): gap.description
        case .rewound(let rewind): rewind.description
        case .foreign(let foreign): foreign.description
        case .link(let event): event.description
        case .refused(let refusal): "refused: \(refusal.channel.shown()): \(refusal.error)"
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension DurableSubscription.Message: CustomStringConvertible, CustomReflectable {
    /// The channel, the position and the payload's length, but not the payload itself.
    public var description: String { "\(channel.shown()) \(position) (\(record.payloadLength.inBytes))" }

    /// The parts of this message, without the memory that it shares with other messages.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: ["channel": channel, "position": position, "payload": payload],
            displayStyle: .struct
        )
    }
}

extension DurableSubscription.Gap: CustomStringConvertible {
    /// How many messages are missing, and where.
    public var description: String {
        let count = missed.map { "\($0) messages" } ?? "messages"
        return "gap: \(count) of \(channel.shown()) after \(after)" + (before.map { " and before \($0)" } ?? "")
    }
}

extension DurableSubscription.Rewind: CustomStringConvertible {
    /// How many messages the server has lost.
    public var description: String {
        let count = lost.map { "\($0) messages" } ?? "messages"
        return "rewound: the server has lost \(count) of \(channel.shown())" + (to.map { " after \($0)" } ?? "")
    }
}

extension DurableSubscription.Foreign: CustomStringConvertible {
    /// What it is, without its contents.
    public var description: String {
        switch self {
        case .published(let channel, let payload): "foreign message: \(channel.shown()) (\(payload.count.inBytes))"
        case .appended(let channel, let entry): "foreign entry: \(channel.shown()) \(entry.id)"
        case .skipped(let count): "\(count) foreign messages came while the buffer was full"
        }
    }
}
