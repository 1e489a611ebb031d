extension RedisLease {
    /// The calls for plain threads.
    @available(*, noasync, message: "await the call of the RedisLease itself")
    public var blocking: Blocking { Blocking(lease: self) }

    /// The blocking calls of a `RedisLease`, for plain threads. Each throws `.invalidCommand` on the event loop.
    public struct Blocking: Sendable {
        let lease: RedisLease

        /// Gives the lease back.
        ///
        /// - Throws: What `RedisLease.release` throws.
        public func release() throws(RedisError) {
            try lease.terms.client.blocking.wait { [lease] _ async throws(RedisError) in try await lease.release() }
        }

        /// Confirms with the server that the lease stands, and prolongs it.
        ///
        /// - Throws: What `RedisLease.renew` throws.
        public func renew() throws(RedisError) {
            try lease.terms.client.blocking.wait { [lease] _ async throws(RedisError) in try await lease.renew() }
        }

        /// Prolongs the lease by that time, in addition to what it has left.
        ///
        /// - Throws: What `RedisLease.extend(by:)` throws.
        public func extend(by time: Duration) throws(RedisError) {
            try lease.terms.client.blocking.wait { [lease] _ async throws(RedisError) in
                try await lease.extend(by: time)
            }
        }

        /// Lets the lease end after that time from now, unless it is renewed.
        ///
        /// - Throws: What `RedisLease.extend(to:)` throws.
        public func extend(to time: Duration) throws(RedisError) {
            try lease.terms.client.blocking.wait { [lease] _ async throws(RedisError) in
                try await lease.extend(to: time)
            }
        }
    }
}
