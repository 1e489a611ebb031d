extension Invalidations {
    /// Caches values that were read from the server, for as long as the server keeps them unchanged.
    ///
    /// ```swift
    /// let cache = try Invalidations.Cache<RedisBytes?>("redis://localhost:6379", prefixes: ["user:"])
    /// async let running: Void = cache.run()
    ///
    /// if let cached = cache["user:7"] { return cached }
    /// let ticket = cache.begin("user:7")
    /// let value = try await client.send(["GET", "user:7"]).bytes
    /// cache.fill(ticket, value)
    /// ```
    ///
    /// **Why a ticket.** A reply and the invalidation of its value come over two links, in any order. If a value were
    /// stored as it comes, an old value that arrives after its invalidation would stay for ever, because no further
    /// invalidation follows. So a read begins with a ticket. Its value is stored only if no invalidation of the key has
    /// come since, the link for invalidations was up all the time, and the server reports changes of the key. A value
    /// that is refused may be used once, but must not be kept.
    ///
    /// **How old a value may be.** As old as an invalidation takes to arrive. A server that has stopped sending is
    /// detected by the heartbeat (`RedisConfiguration.heartbeat`: after 20 s with its default). The cache is then empty
    /// until the link is back. An expired key is invalidated when the server removes it.
    ///
    /// Everything here may be called from any task and thread, and only `run` waits.
    public final class Cache<Value: Sendable>: Sendable {
        /// The right to store the value of a read that has begun. Releasing the ticket gives the right up.
        public final class Ticket: Sendable {
            /// The key of the read.
            public let key: RedisBytes
            fileprivate let stub: TicketedEntries<Value>.Stub?
            private let cache: Cache<Value>

            fileprivate init(_ key: RedisBytes, _ stub: TicketedEntries<Value>.Stub?, _ cache: Cache<Value>) {
                self.key = key
                self.stub = stub
                self.cache = cache
            }

            fileprivate func isOf(_ other: Cache<Value>) -> Bool { cache === other }

            deinit {
                if stub != nil { cache.entries.withLock { [key] in $0.end(key) } }
            }
        }

        private let invalidations: Invalidations
        private var isOfCluster: Bool { invalidations.configuration.cluster != nil }
        fileprivate let entries: Locked<TicketedEntries<Value>>

        /// Prepares a cache; nothing is sent yet. It holds nothing before `run` is called.
        ///
        /// - Parameters:
        ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
        ///   - prefixes: What the keys begin with; none means all keys. None may begin with another. Other keys are
        ///     never stored.
        ///   - limit: How many entries are held at most. Beyond that, the entries that were unused for the longest time
        ///     are removed, up to half of all.
        ///   - loop: The loop to run on; by default the shared one.
        /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
        public convenience init(
            _ url: String,
            prefixes: [RedisBytes] = [],
            limit: Int = 100_000,
            loop: RedisEventLoop? = nil
        ) throws(RedisError) {
            try self.init(try RedisConfiguration(url: url), prefixes: prefixes, limit: limit, loop: loop)
        }

        /// Prepares a cache; nothing is sent yet. It holds nothing before `run` is called.
        ///
        /// - Parameters:
        ///   - configuration: How the server is reached.
        ///   - prefixes: What the keys begin with; none means all keys. None may begin with another. Other keys are
        ///     never stored.
        ///   - limit: How many entries are held at most.
        ///   - loop: The loop to run on; by default the shared one.
        /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
        public init(
            _ configuration: RedisConfiguration,
            prefixes: [RedisBytes] = [],
            limit: Int = 100_000,
            loop: RedisEventLoop? = nil
        ) throws(RedisError) {
            guard limit > 1 else {
                throw RedisError(.invalidConfiguration, "a cache of \(limit) entries holds nothing")
            }
            invalidations = try Invalidations(configuration, prefixes: prefixes, loop: loop)
            entries = Locked(TicketedEntries(prefixes: prefixes, limit: limit))
        }

        /// Receives invalidations until the cache is closed, the task is cancelled, or the link ends for good. Before
        /// the server sends invalidations (`isHeard`), and after the end, nothing is held and nothing is stored. A lost
        /// link is opened again.
        ///
        /// - Throws: What `Invalidations.start` throws, for example when the first connect fails. Nothing is cached
        ///   then until `run` is called again. Also the error that ended the link. Closing and cancelling are not
        ///   errors.
        public func run() async throws(RedisError) {
            defer { change { $0.allChanged(isHeard: false) } }
            do throws(RedisError) {
                try await invalidations.start()
                // If the link was lost since the last `run`, the events that say so are still to come.
                change { $0.allChanged(isHeard: $0.linkIsUp) }
                while case .event(let event) = try await invalidations.next() { apply(event) }
            } catch {
                if error.code != .cancelled && error.code != .closed { throw error }
            }
        }

        /// Releasing a value may run code of its own, which must not happen under the lock.
        private func change<Result>(_ body: (inout TicketedEntries<Value>) -> Result) -> Result {
            let (result, retired) = entries.withLock { entries in (body(&entries), entries.takeRetired()) }
            _ = consume retired
            return result
        }

        private func apply(_ event: Invalidations.Event) {
            change { entries in
                switch event {
                case .invalidated(let keys): for key in keys { entries.changed(key) }
                case .flushAll(.linkLost), .flushAll(.redirectBroken), .link(.lost), .link(.retrying):
                    entries.linkChanged(isUp: false)
                case .flushAll(.trackingResumed): entries.linkChanged(isUp: true)
                // Of a cluster, another link may still be down.
                case .link(.restored): if !isOfCluster { entries.linkChanged(isUp: true) }
                case .flushAll(.serverFlushed), .flushAll(.dropped): entries.allChanged()
                case .link(.authenticationFailed), .push, .failed: break
                }
            }
        }

        /// Ends `run` and the link, and forgets everything. Idempotent.
        public func close() async { await invalidations.close() }

        /// What is held for a key.
        public subscript(key: RedisBytes) -> Value? { change { $0.value(of: key) } }

        /// How many entries are held.
        public var count: Int { entries.withLock { $0.count } }

        /// Whether invalidations come now. While they do not, nothing is held.
        public var isHeard: Bool { entries.withLock { $0.isHeard } }

        /// Begins a read of a key. It must be called before the command is sent.
        ///
        /// - Parameter key: The key that is read.
        /// - Returns: The right to store what the read brings.
        public func begin(_ key: RedisBytes) -> Ticket {
            Ticket(key, entries.withLock { $0.begin(key) }, self)
        }

        /// Stores what a read has brought, if it may be kept.
        ///
        /// - Parameters:
        ///   - ticket: The ticket of the read.
        ///   - value: The value of the read.
        /// - Returns: Whether the value was stored. If not, the caller may use the value once, and the next read brings
        ///   another.
        @discardableResult
        public func fill(_ ticket: Ticket, _ value: Value) -> Bool {
            guard ticket.isOf(self) else { return false }
            return change { $0.fill(ticket.key, ticket.stub, value) }
        }

        /// Forgets a key, and refuses the values of reads that have begun. A caller that has changed the key should
        /// call this when the reply to the change has come, so that the old value is not used until the invalidation
        /// arrives.
        public func remove(_ key: RedisBytes) { change { $0.changed(key) } }

        /// Returns the value that is held for a key, or else the result of `read`, which is stored if possible. Several
        /// callers that need the same key at a time each read it.
        ///
        /// - Throws: What `read` throws.
        public func value<Failure: Error>(
            of key: RedisBytes,
            reading read: (RedisBytes) async throws(Failure) -> Value
        ) async throws(Failure) -> Value {
            if let value = self[key] { return value }
            let ticket = begin(key)
            let value = try await read(key)
            fill(ticket, value)
            return value
        }

        /// Cuts the link as if the network had failed.
        package func cut() async { await invalidations.cut() }
    }
}
