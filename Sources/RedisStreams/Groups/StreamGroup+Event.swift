public import RedisCore
public import RedisRESP
internal import RedisReactor

extension StreamGroup {
    /// An event of a `StreamGroup`.
    public enum Event: Sendable {
        /// An entry, which the reader has to end.
        case delivery(Delivery)
        /// This consumer does not have an entry any more that a reader has. The task of a handler that `run` has called
        /// was cancelled.
        indirect case leaseLost(LostLease)
        /// An entry has gone to the dead letters.
        indirect case deadLettered(DeadLetter)
        /// An entry was removed from its stream while it was pending, so that nobody can handle it.
        indirect case removed(key: RedisBytes, id: RedisStreamID)
        /// The server had no group any more, because the stream was deleted or the group was destroyed. It was made
        /// again, and gets all entries from the first one on.
        indirect case groupCreated(key: RedisBytes)
        /// Consumers that had no entry and were not heard of for long were removed.
        indirect case consumersRemoved(key: RedisBytes, names: [RedisBytes])
        /// The server cannot be asked for entries for now, or refuses. It is tried again.
        indirect case refused(RedisError)
        /// The group has ended with this error, or could not begin. Only `listen`, which cannot throw, reports it in
        /// this way, as its last event.
        indirect case failed(RedisError)

        /// The delivery, if it is one.
        public var delivery: Delivery? { if case .delivery(let delivery) = self { delivery } else { nil } }
    }

    /// An entry that this consumer does not have any more, though its handler had not ended.
    public struct LostLease: Sendable, Hashable {
        /// Why.
        public enum Cause: String, Sendable, Hashable {
            /// Another consumer has it, or has acknowledged it; or the group is gone.
            case taken
            /// The server could not be told in time that it is still being handled.
            case unreachable
            /// The group was closed here.
            case closed
        }

        /// The stream's key.
        public let key: RedisBytes
        /// The entry's id.
        public let id: RedisStreamID
        /// Why.
        public let cause: Cause
    }

    /// An entry that was delivered too often.
    public struct DeadLetter: Sendable, Hashable {
        /// The stream's key.
        public let key: RedisBytes
        /// The entry's id in its stream.
        public let id: RedisStreamID
        /// How often it was delivered.
        public let attempts: Int
        /// Why.
        public let reason: String
        /// Its id in the stream of the dead letters (`StreamGroup.deadLetters(of:)`).
        public let letter: RedisStreamID
    }
}

extension StreamGroup.Event: RedisStreamEvent {
    /// Deliveries do not come as records.
    ///
    /// - Parameter record: A record.
    public init(_ record: RedisStreamRecord) { self = .failed(.unexpectedReply("XREADGROUP")) }
}

extension StreamGroup.Event: MailboxControl {
    // Nothing is dropped here: only so much is asked for as there is room for.
    package static func dropped(_ drop: RedisDrop) -> StreamGroup.Event {
        .failed(RedisError(.consumerTooSlow, "events of a consumer group were dropped: \(drop)", phase: .listen))
    }

    package var drop: RedisDrop? { nil }

    package var heldBytes: Int {
        switch self {
        case .delivery(let delivery):
            delivery.fields.reduce(160) { $0 + 48 + $1.name.heldBytes + $1.value.heldBytes }
        case .leaseLost(let lost): 96 + lost.key.heldBytes
        case .deadLettered(let letter): 160 + letter.key.heldBytes + letter.reason.utf8.count
        case .removed(let key, _), .groupCreated(let key): 64 + key.heldBytes
        case .consumersRemoved(let key, let names): names.reduce(64 + key.heldBytes) { $0 + $1.heldBytes }
        case .refused(let error), .failed(let error): error.heldBytes
        }
    }

    package var node: RedisEndpoint? { nil }

    package var observed: ObservedControl? { nil }

    package var mayBeDropped: Bool { false }

    package mutating func absorb(_ later: StreamGroup.Event) -> Bool {
        guard case .refused = self, case .refused = later else { return false }
        self = later
        return true
    }
}

extension StreamGroup.Event: CustomStringConvertible {
    /// The event in words. It contains names, but never the fields of entries.
    public var description: String {
        switch self {
        case .delivery(let delivery): "delivery: \(delivery)"
        case .leaseLost(let lost): "lease lost: \(lost.key.shown()) \(lost.id): \(lost.cause.rawValue)"
        case .deadLettered(let letter):
            "dead letter: \(letter.key.shown()) \(letter.id) after \(letter.attempts) attempts"
        case .removed(let key, let id): "removed: \(key.shown()) \(id)"
        case .groupCreated(let key): "group created: \(key.shown())"
        case .consumersRemoved(let key, let names): "\(names.count) consumers removed: \(key.shown())"
        case .refused(let error): "refused: \(error)"
        case .failed(let error): "failed: \(error)"
        }
    }
}
