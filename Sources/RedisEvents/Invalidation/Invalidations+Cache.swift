extension Invalidations {
    /// Values that were read from the server, for as long as they are the server's.
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
    /// **Why a ticket.** A reply and the invalidation of what it says come over two links, in any order. Stored as it
    /// comes, an old value that arrives behind the invalidation would stay for ever: nothing tells of that change
    /// again. So a read begins with a ticket, and its value is taken only if nothing was heard about the key since, the
    /// link that hears was up all the while, and the key is one that the server tells of. A refused value is right to
    /// use once and not to keep.
    ///
    /// **How old a value may be.** As old as an invalidation takes to arrive. A server that says nothing any more is
    /// found out by the heartbeat (`RedisConfiguration.heartbeat`: 20 s with its default); then the cache is empty
    /// until the link is back. A key whose time to live is over counts when the server removes it.
    ///
    /// Everything here may be called from any task and thread, and nothing waits but `run`.
    public final class Cache<Value: Sendable>: Sendable {
        /// The right to store what a read brings, once it is begun. Letting go of it gives it up.
        public final class Ticket: Sendable {
            /// The key that is read.
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
        fileprivate let entries: Locked<TicketedEntries<Value>>

        /// Prepares a cache; nothing is sent yet. It holds nothing before `run` is called.
        ///
        /// - Parameters:
        ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
        ///   - prefixes: What the keys begin with; none means all keys. None may begin with another. Other keys are
        ///     never stored.
        ///   - limit: How many entries are held at most. Beyond that, those go that were not used for the longest time,
        ///     up to half of all.
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

        /// Hears what changes, until it is closed, the task is cancelled, or the link ends for good. Before the server
        /// has begun to tell (`isHeard`), and after the end, nothing is held and nothing taken. It comes back by itself
        /// when the link is lost.
        ///
        /// - Throws: What `Invalidations.start` throws, when the first connect fails for instance: nothing is cached
        ///   then, until it is called again; or the error that ended the link. Closing and cancelling are no errors.
        public func run() async throws(RedisError) {
            defer { change { $0.allChanged(isHeard: false) } }
            do throws(RedisError) {
                try await invalidations.start()
                // If the link was lost since, the events that say so are still to come.
                change { $0.allChanged(isHeard: true) }
                while case .event(let event) = try await invalidations.next() { apply(event) }
            } catch {
                if error.code != .cancelled && error.code != .closed { throw error }
            }
        }

        /// Values that go may end with what they hold on to, which is not for the time under the lock.
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
                    entries.allChanged(isHeard: false)
                case .flushAll(.trackingResumed), .link(.restored): entries.allChanged(isHeard: true)
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

        /// Whether invalidations are heard now. While they are not, nothing is held.
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
        ///   - ticket: What `begin` gave for the read.
        ///   - value: What it has brought.
        /// - Returns: Whether it was. When it was not, the value is good for whoever has read it, and the next read
        ///   brings another.
        @discardableResult
        public func fill(_ ticket: Ticket, _ value: Value) -> Bool {
            guard ticket.isOf(self) else { return false }
            return change { $0.fill(ticket.key, ticket.stub, value) }
        }

        /// Forgets a key, and refuses what reads bring that are under way. For who has changed the key, so that the old
        /// value is not used until the invalidation has arrived: to be called when the reply to the change is there.
        public func remove(_ key: RedisBytes) { change { $0.changed(key) } }

        /// What is held for a key, or else what `read` brings, stored if it may be. Several that ask for a key at a
        /// time each read it.
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

        /// Cuts the link as if the network had.
        package func cut() async { await invalidations.cut() }
    }
}
