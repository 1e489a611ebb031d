extension Invalidations {
    /// An event of an `Invalidations` stream. Events come in order.
    public enum Event: Sendable {
        /// The values of these keys have changed or are deleted. Cached values of these keys are not valid any more.
        case invalidated([RedisBytes])
        /// All cached values are not valid any more.
        case flushAll(Invalidations.FlushCause)
        /// The link was lost, is being opened again, or is back.
        case link(RedisLinkEvent)
        /// A push of an unknown kind, complete.
        case push(RESPValue)
        /// The watch has ended with this error, or could not begin. Only `listen`, which cannot throw, reports it in
        /// this way, as its last event.
        case failed(RedisError)
    }
}

extension Invalidations {
    /// Why all cached values are not valid any more.
    public enum FlushCause: Sendable, Hashable {
        /// FLUSHALL, FLUSHDB, or another reason for the server to say that all keys changed.
        case serverFlushed
        /// The link was lost. Nobody reports changes that happen after its last bytes.
        case linkLost(RedisDisconnect)
        /// The server, and every shard of a cluster, tracks again after a lost link. Nobody tracked what was cached in
        /// between.
        case trackingResumed
        /// The server lost the link to which it sends invalidations.
        case redirectBroken
        /// Invalidations were dropped here, because the reader was too slow.
        case dropped(RedisDrop)
    }
}

extension Invalidations.Event: RedisStreamEvent {
    /// Creates the event of an invalidation from its record.
    ///
    /// - Parameter record: The bytes of the keys.
    public init(_ record: RedisStreamRecord) {
        let (slab, place) = (record.slab, record.record)
        self = .invalidated(KeyList.keys(of: RedisBytes(storage: slab, start: place.start, count: place.payloadLength)))
    }
}

extension Invalidations.Event: MailboxControl {
    package static func dropped(_ drop: RedisDrop) -> Invalidations.Event { .flushAll(.dropped(drop)) }

    package var drop: RedisDrop? {
        if case .flushAll(.dropped(let drop)) = self { return drop }
        return nil
    }

    package var heldBytes: Int {
        switch self {
        case .invalidated(let keys): keys.reduce(0) { $0 + 24 + $1.heldBytes }
        case .flushAll(.linkLost(let cause)): cause.heldBytes
        case .flushAll: 0
        case .link(let event): event.heldBytes
        case .push(let value): value.heldBytes
        case .failed(let error): error.heldBytes
        }
    }

    package var node: RedisEndpoint? { nil }

    package var isUnknownPush: Bool {
        if case .push = self { return true }
        return false
    }

    package var mayBeDropped: Bool {
        switch self {
        // A dropped invalidation is replaced by a flush, and a flush itself is never dropped.
        case .flushAll, .link, .failed: false
        case .invalidated, .push: true
        }
    }

    package mutating func absorb(_ later: Invalidations.Event) -> Bool {
        switch (self, later) {
        case (.flushAll(.dropped(let mine)), .flushAll(.dropped(let other))): self = .flushAll(.dropped(mine + other))
        // A drop says nothing about whether the server is heard, which the last of the other causes does.
        case (.flushAll(.dropped), _), (_, .flushAll(.dropped)): return false
        case (.flushAll, .flushAll), (.link, .link): self = later
        default: return false
        }
        return true
    }
}

extension Invalidations.Event: CustomStringConvertible {
    /// The event in words, with some of the keys.
    public var description: String {
        switch self {
        case .invalidated(let keys): "invalidated: \(keys.someInWords { $0.shown() })"
        case .flushAll(let cause): "all invalidated: \(cause)"
        case .link(let event): event.description
        case .push(let value): value.pushInWords
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension Invalidations.FlushCause: CustomStringConvertible {
    /// The cause in words.
    public var description: String {
        switch self {
        case .serverFlushed: "the server said so"
        case .linkLost(let cause): "the link was lost: \(cause)"
        case .trackingResumed: "the server tracks again"
        case .redirectBroken: "the server lost the link that it was to tell"
        case .dropped(let drop): drop.description
        }
    }
}
