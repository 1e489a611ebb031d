public import RedisCore
public import RedisRESP

extension StreamGroup {
    /// An entry that was delivered to this consumer, and that it has to end.
    ///
    /// While the entry is not ended, its time is extended in the background. Whoever lets go of a delivery that was not
    /// ended gives it back.
    public struct Delivery: Sendable {
        let held: HeldEntry

        /// The stream's key.
        public var key: RedisBytes { held.key }
        /// The entry's id.
        public var id: RedisStreamID { held.entry.id }
        /// The entry's fields, in their order.
        public var fields: [RedisField] { held.entry.fields }
        /// How often the entry was delivered, this time included: 1 for the first time. A delivery that was given back
        /// does not count.
        public var attempt: Int { held.attempt }

        /// The value of the first field of this name.
        public subscript(_ name: RedisBytes) -> RedisBytes? { held.entry[name] }

        /// Says that the entry was handled. The server is told of several at once.
        ///
        /// A task that is cancelled waits for the server all the same.
        ///
        /// - Throws: `.leaseLost` when this consumer knows that another one has got the entry, or when it is not
        ///   pending any more, and what else the client throws: then the entry is this consumer's still, and the call
        ///   may be repeated. `.invalidCommand` when it was ended already.
        public func acknowledge() async throws(RedisError) { try await held.end(.acknowledge) }

        /// Gives the entry back. It may be delivered again at once, to any consumer, and this delivery does not count.
        ///
        /// - Throws: What `acknowledge` throws.
        public func giveBack() async throws(RedisError) { try await held.end(.giveBack) }

        /// Says that the entry could not be handled. It is delivered again after `StreamGroupOptions.retryDelay`; if
        /// this was the last attempt, it goes to the dead letters.
        ///
        /// - Parameter reason: Why, for the dead letters. It is cut after 1,000 characters.
        /// - Throws: What `acknowledge` throws.
        public func reject(because reason: String) async throws(RedisError) { try await held.end(.reject(reason)) }
    }
}

extension RedisBlocking<StreamGroup> {
    /// Says that an entry was handled.
    ///
    /// - Throws: What `StreamGroup.Delivery.acknowledge` throws; `.invalidCommand` on the event loop.
    public func acknowledge(_ delivery: StreamGroup.Delivery) throws(RedisError) {
        try delivery.held.endBlocking(.acknowledge)
    }

    /// Gives an entry back.
    ///
    /// - Throws: What `StreamGroup.Delivery.giveBack` throws; `.invalidCommand` on the event loop.
    public func giveBack(_ delivery: StreamGroup.Delivery) throws(RedisError) {
        try delivery.held.endBlocking(.giveBack)
    }

    /// Says that an entry could not be handled.
    ///
    /// - Throws: What `StreamGroup.Delivery.reject` throws; `.invalidCommand` on the event loop.
    public func reject(_ delivery: StreamGroup.Delivery, because reason: String) throws(RedisError) {
        try delivery.held.endBlocking(.reject(reason))
    }
}

extension StreamGroup.Delivery: CustomStringConvertible, CustomReflectable {
    /// The stream, the id and the attempt, but not the fields.
    public var description: String { "\(key.shown()) \(id), attempt \(attempt)" }

    /// The parts of this delivery.
    public var customMirror: Mirror {
        Mirror(self, children: ["key": key, "id": id, "attempt": attempt, "fields": fields], displayStyle: .struct)
    }
}
