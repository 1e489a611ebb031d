extension RedisClient {
    /// Lends a link of its own to `body`, for commands that must be alone: transactions with reads in the middle,
    /// blocking commands one after the other, another database, replies of hundreds of megabytes.
    ///
    /// ```swift
    /// let size = try await client.withLink { link in
    ///     try await link.send(["SELECT", 3])
    ///     return try await link.send(["DBSIZE"]).integer
    /// }
    /// ```
    ///
    /// The link must not be used after `body` has returned. It goes back to the pool, unless the connection was changed
    /// (SELECT, an open transaction, watched keys, CLIENT TRACKING) or a reply is missing: then it is closed.
    ///
    /// - Parameters:
    ///   - key: On a cluster, the link leads to the node that serves this key; without a key to any primary.
    ///   - timeout: How long to wait for a free link; `nil` means for ever.
    ///   - body: Gets the link.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; `.timedOut` when no link got free in time; `.cancelled`; `.closed`; `.noServer`.
    @discardableResult
    public func withLink<Value>(
        for key: (any RedisBytesConvertible)? = nil,
        timeout: Duration?,
        _ body: (RedisLink) async throws -> Value
    ) async throws -> Value {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        let link = try await lend(for: key.map { [$0.redisBytes] } ?? [], until: deadline)
        defer { giveBack(link) }
        return try await body(link)
    }

    /// Lends a link of its own to `body`, and waits for a free one within the configuration's `commands.timeout`.
    ///
    /// - Throws: What `withLink(for:timeout:_:)` throws.
    @discardableResult
    public func withLink<Value>(
        for key: (any RedisBytesConvertible)? = nil,
        _ body: (RedisLink) async throws -> Value
    ) async throws -> Value {
        try await withLink(for: key, timeout: configuration.commands.timeout, body)
    }

    /// How many exclusive links the client has.
    public var poolStatistics: RedisPoolStatistics { pool.statistics }

    func lend(for keys: [RedisBytes], until deadline: ContinuousClock.Instant?) async throws(RedisError) -> RedisLink {
        let node = try await backend.node(of: keys, until: deadline)
        return RedisLink(try await pool.take(at: node, until: deadline), configuration)
    }

    func giveBack(_ link: RedisLink) { pool.giveBack(link.lease, isReusable: link.end()) }
}
