public import RedisCommands
public import RedisCore
public import RedisRESP
internal import RedisReactor

extension StreamReader {
    /// An event of a `StreamReader`. The events of one stream come in order.
    public enum Event: Sendable {
        /// An entry.
        case entry(Entry)
        /// Entries are missing here: they were trimmed or deleted before they could be read.
        indirect case gap(Gap)
        /// The server does not have entries any more that were delivered: a replica took over that had not got them
        /// yet, or the stream was replaced by another one. What the stream has beyond that place follows.
        indirect case rewound(Rewind)
        /// There is no such stream any more: it was deleted, renamed, or replaced by something else; it has expired; or
        /// the database was flushed. If there is one again, it is read from its beginning.
        indirect case deleted(stream: RedisBytes)
        /// The server refuses the reading of a stream, for now. It is tried again.
        indirect case refused(Refusal)
        /// The reader has ended with this error, or could not begin. Only `listen`, which cannot throw, reports it in
        /// this way, as its last event.
        indirect case failed(RedisError)

        /// The entry, if it is one.
        public var entry: Entry? {
            if case .entry(let entry) = self { return entry }
            return nil
        }
    }

    /// An entry of a stream.
    public struct Entry: Sendable, Hashable {
        /// The key of the stream.
        public let stream: RedisBytes
        /// Where it stands in its stream. Whoever begins behind it the next time misses nothing. The number says how
        /// many entries were added to the stream up to this one; it is known from Redis 7.0 on, from the first time on
        /// that the end of the stream is reached.
        public let position: DurablePosition
        /// Its fields, in their order. A name may be there several times.
        public let fields: [RedisField]

        /// Its id.
        public var id: RedisStreamID { position.id }

        /// The value of the first field of this name.
        public subscript(_ name: RedisBytes) -> RedisBytes? { fields.first { $0.name == name }?.value }

        /// An entry.
        ///
        /// - Parameters:
        ///   - stream: The key of the stream.
        ///   - position: Where it stands.
        ///   - fields: Its fields.
        public init(stream: RedisBytes, position: DurablePosition, fields: [RedisField]) {
            self.stream = stream
            self.position = position
            self.fields = fields
        }
    }

    /// Entries of a stream that cannot be read any more.
    public struct Gap: Sendable, Hashable {
        /// The key of the stream.
        public let stream: RedisBytes
        /// How many there were; `nil` if the server does not know, as before Redis 7.0, where there may be none.
        public let missed: Int?
        /// The entry before them, or where the reader began.
        public let after: DurablePosition
        /// The first entry behind them; `nil` if there is none yet.
        public let before: DurablePosition?
    }

    /// Entries that were delivered and that the server does not have any more.
    public struct Rewind: Sendable, Hashable {
        /// The key of the stream.
        public let stream: RedisBytes
        /// The last entry that the server still has of those that were delivered; `nil` if it is not known.
        public let to: DurablePosition?
        /// How many entries behind it were delivered and are lost, as their numbers say; `nil` if it is not known.
        public let lost: Int?
        /// Behind which position the reading goes on. A cursor keeps it.
        public let behind: DurablePosition
    }

    /// Why a stream cannot be read for now.
    public struct Refusal: Sendable {
        /// The key of the stream.
        public let stream: RedisBytes
        /// Why.
        public let error: RedisError
    }
}

extension StreamReader.Event: RedisStreamEvent {
    /// Entries do not come as records.
    public init(_ record: RedisStreamRecord) {
        self = .failed(RedisError(.protocolViolation, "an entry came as a record", phase: .listen))
    }
}

extension StreamReader.Event: MailboxControl {
    // Nothing is dropped here: a full buffer makes the reader read later.
    package static func dropped(_ drop: RedisDrop) -> StreamReader.Event { .failed(.unexpectedDrop(drop)) }

    package var drop: RedisDrop? { nil }

    package var heldBytes: Int {
        switch self {
        case .entry(let entry):
            entry.fields.reduce(96 + entry.stream.heldBytes) { $0 + 48 + $1.name.heldBytes + $1.value.heldBytes }
        case .gap(let gap): 96 + gap.stream.heldBytes
        case .rewound(let rewind): 64 + rewind.stream.heldBytes
        case .deleted(let stream): stream.heldBytes
        case .refused(let refusal): refusal.stream.heldBytes + refusal.error.heldBytes
        case .failed(let error): error.heldBytes
        }
    }

    package var node: RedisEndpoint? { nil }

    package var observed: ObservedControl? { nil }

    package var mayBeDropped: Bool { false }

    package mutating func absorb(_ later: StreamReader.Event) -> Bool { false }
}

extension RedisError {
    fileprivate static func unexpectedDrop(_ drop: RedisDrop) -> RedisError {
        RedisError(.consumerTooSlow, "entries of a stream were dropped: \(drop)", phase: .listen)
    }
}

extension StreamReader.Event: CustomStringConvertible {
    /// The event in words. It contains names, but never the contents of entries.
    public var description: String {
        switch self {
        case .entry(let entry): "entry: \(entry)"
        case .gap(let gap): gap.description
        case .rewound(let rewind): rewind.description
        case .deleted(let stream): "deleted: \(stream.shown())"
        case .refused(let refusal): "refused: \(refusal.stream.shown()): \(refusal.error)"
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension StreamReader.Entry: CustomStringConvertible {
    /// The stream, the position and the number of fields, but not the fields themselves.
    public var description: String { "\(stream.shown()) \(position) (\(fields.count) fields)" }
}

extension StreamReader.Gap: CustomStringConvertible {
    /// How many entries are missing, and where.
    public var description: String {
        let count = missed.map { $0 == 1 ? "1 entry" : "\($0) entries" } ?? "entries"
        return "gap: \(count) of \(stream.shown()) after \(after)" + (before.map { " and before \($0)" } ?? "")
    }
}

extension StreamReader.Rewind: CustomStringConvertible {
    /// How many entries the server has lost.
    public var description: String {
        let count = lost.map { $0 == 1 ? "1 entry" : "\($0) entries" } ?? "entries"
        return "rewound: the server has lost \(count) of \(stream.shown())" + (to.map { " after \($0)" } ?? "")
    }
}
