extension Invalidations {
    /// What comes out of an `Invalidations`, in order.
    public enum Event: Sendable {
        /// The values of these keys have changed, or are gone; what a cache holds of them is void.
        case invalidated([RedisBytes])
        /// What a cache holds is void, all of it.
        case flushAll(Invalidations.FlushCause)
        /// The link was lost, is being opened again, or is back.
        case link(RedisLinkEvent)
        /// A push of a kind that this library does not know, whole.
        case push(RESPValue)
        /// The watch has ended with this error, or could not begin; only `listen`, which cannot throw, tells it this
        /// way, as its last event.
        case failed(RedisError)
    }
}

extension Invalidations {
    /// Why everything in a cache is void.
    public enum FlushCause: Sendable, Hashable {
        /// FLUSHALL or FLUSHDB, or whatever else made the server say that all keys changed.
        case serverFlushed
        /// The link was lost: what changes from its last bytes on is told by nobody.
        case linkLost(RedisDisconnect)
        /// The server tracks again after a lost link: what was cached in between was tracked by nobody.
        case trackingResumed
        /// The server lost the link that it was to tell.
        case redirectBroken
        /// Invalidations were dropped here, because the reader was too slow.
        case dropped(RedisDrop)
    }
}

extension Invalidations.Event: RedisStreamEvent {
    /// The invalidation that came as that record.
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
        // In the place of what is dropped stands a flush; a flush itself is never dropped.
        case .flushAll, .link, .failed: false
        case .invalidated, .push: true
        }
    }

    package mutating func absorb(_ later: Invalidations.Event) -> Bool {
        switch (self, later) {
        case (.flushAll(.dropped(let mine)), .flushAll(.dropped(let other))): self = .flushAll(.dropped(mine + other))
        // One flush is as good as two, and what was dropped is counted on.
        case (.flushAll(.dropped), .flushAll): break
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
