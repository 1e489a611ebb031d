/// Keeps values of any `Codable` type under keys.
///
/// ```swift
/// let values = RedisValueStore(client)
/// try await values.set(user, for: "user:7", expiry: .after(.seconds(3600)))
/// let user = try await values.value(User.self, for: "user:7")
/// ```
///
/// **Missing is not null.** A function that returns an optional returns `nil` for a key that does not exist. A stored
/// null is a value of an optional type: `values.value(Int?.self, for: key)` is `.some(nil)` for it.
///
/// Every function works on a single server, with Sentinels and on a cluster, and changes one key in one step. A value
/// that has no form in the coding fails with `.codingFailed` before anything is sent. So does what is read and is no
/// value of the type; the `underlyingError` is then a `RedisUnreadableValue` with the bytes. Times to live that are not
/// positive are refused with `.invalidCommand`; a part of a millisecond counts as a whole one.
public struct RedisValueStore: Sendable {
    /// Sends the commands.
    public let client: RedisClient
    /// Turns values into bytes and back.
    public let coder: any RedisValueCoder

    /// A store. Any number of them may share a client.
    ///
    /// - Parameters:
    ///   - client: Sends the commands.
    ///   - coder: Turns values into bytes and back: `.json`, `.cbor`, or one's own.
    public init(_ client: RedisClient, coder: some RedisValueCoder = RedisJSONCoder()) {
        self.client = client
        self.coder = coder
    }

    // MARK: Writing

    /// Sets the value of a key.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - key: The key.
    ///   - expiry: When the key expires; `nil` means not at all, `.keep` as before.
    /// - Throws: `.codingFailed`, `.invalidCommand`, and what `RedisClient.send` throws.
    public func set<Value: Encodable>(
        _ value: Value,
        for key: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) {
        let key = key.redisBytes
        try expiry?.check()
        try await client.send(.set(key, try coder.encode(value, for: key), expiry: expiry))
    }

    /// Sets the value of a key if it exists, or if it does not.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - key: The key.
    ///   - condition: `.absent` or `.present`.
    ///   - expiry: When the key expires; `nil` means not at all.
    /// - Returns: Whether it was set.
    /// - Throws: What `set(_:for:expiry:)` throws.
    public func set<Value: Encodable>(
        _ value: Value,
        for key: some RedisBytesConvertible,
        if condition: RedisSetCondition,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) -> Bool {
        let key = key.redisBytes
        try expiry?.check()
        return try await client.send(.set(key, try coder.encode(value, for: key), if: condition, expiry: expiry))
    }

    /// Sets the value of a key and returns the one that it had; `nil` for a key that was missing. It needs Redis 6.2.
    ///
    /// - Throws: What `set(_:for:expiry:)` throws; `.codingFailed` with `.executed` as its execution when the old value
    ///   cannot be read, which is then in the error alone.
    public func exchange<Value: Codable>(
        _ value: Value,
        for key: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) -> Value? {
        let key = key.redisBytes
        try expiry?.check()
        let old = try await client.send(.setAndGet(key, try coder.encode(value, for: key), expiry: expiry))
        return try decode(Value.self, old, of: key)
    }

    // MARK: Reading

    /// The value of a key; `nil` for a missing one.
    ///
    /// - Throws: `.codingFailed`, and what `RedisClient.send` throws.
    public func value<Value: Decodable>(
        _ type: Value.Type = Value.self,
        for key: some RedisBytesConvertible
    ) async throws(RedisError) -> Value? {
        let key = key.redisBytes
        return try decode(type, try await client.get(key), of: key)
    }

    /// The values of several keys, in their order; `nil` for a missing one. On a cluster each node is asked for its
    /// keys.
    ///
    /// - Throws: `.codingFailed` for the first value that cannot be read, and what `RedisClient.send` throws.
    public func values<Value: Decodable>(
        _ type: Value.Type = Value.self,
        for keys: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [Value?] {
        guard !keys.isEmpty else { return [] }
        let keys = keys.map(\.redisBytes)
        let found = try await client.send(.mget(keys))
        var values: [Value?] = []
        for (key, bytes) in zip(keys, found) { values.append(try decode(type, bytes, of: key)) }
        return values
    }

    /// Removes a key and returns the value that it had, in one step: of several callers one gets it. `nil` for a
    /// missing key.
    ///
    /// - Throws: What `RedisClient.send` throws. `.codingFailed` when the value cannot be read: it is removed all the
    ///   same, and the error's `RedisUnreadableValue` has its bytes.
    public func pop<Value: Decodable>(
        _ type: Value.Type = Value.self,
        for key: some RedisBytesConvertible
    ) async throws(RedisError) -> Value? {
        let key = key.redisBytes
        let found: RedisBytes?
        do throws(RedisError) { found = try await client.getdel(key) } catch {
            // Before Redis 6.2.
            guard error.lacksCommand else { throw error }
            found = try await client.run(.pop, keys: [key]).bytes
        }
        return try decode(type, found, of: key)
    }

    // MARK: Comparing

    /// Sets a key if its value is still `expected`, and returns whether it was.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - expected: The value that the key must have; `nil` means that there must be no key. The bytes of both are
    ///     compared: see `RedisValueCoder`.
    ///   - new: The value to set.
    ///   - expiry: When the key expires from now on; `nil` means not at all. By default as before.
    /// - Returns: Whether it was, and the key is set.
    /// - Throws: `.codingFailed`, `.invalidCommand`, and what `RedisClient.compareAndSet` throws.
    public func compareAndSet<Value: Encodable>(
        _ key: some RedisBytesConvertible,
        _ expected: Value?,
        _ new: Value,
        expiry: RedisSetExpiry? = .keep
    ) async throws(RedisError) -> Bool {
        let key = key.redisBytes
        try expiry?.check()
        var old: RedisBytes?
        if let expected { old = try coder.encode(expected, for: key) }
        return try await client.compareAndSet(key, old, try coder.encode(new, for: key), expiry: expiry)
    }

    /// Removes a key if its value is still `expected`, and returns whether it was. The bytes of both are compared: see
    /// `RedisValueCoder`.
    ///
    /// - Throws: `.codingFailed`, and what `RedisClient.remove(_:ifEquals:)` throws.
    public func remove<Value: Encodable>(
        _ key: some RedisBytesConvertible,
        ifEquals expected: Value
    ) async throws(RedisError) -> Bool {
        let key = key.redisBytes
        return try await client.remove(key, ifEquals: try coder.encode(expected, for: key))
    }

    /// Removes keys, and returns how many there were.
    ///
    /// - Throws: What `RedisClient.send` throws.
    @discardableResult
    public func remove(_ keys: any RedisBytesConvertible...) async throws(RedisError) -> Int {
        keys.isEmpty ? 0 : try await client.unlink(keys.map(\.redisBytes))
    }

    /// Replaces the value of a key by what `body` makes of it, and again when somebody else has changed it meanwhile.
    ///
    /// ```swift
    /// let visits = try await values.update(Int.self, for: "visits") { ($0 ?? 0) + 1 }
    /// ```
    ///
    /// - Parameters:
    ///   - type: The type of the value.
    ///   - key: The key.
    ///   - expiry: When the key expires from now on; `nil` means not at all. By default as before.
    ///   - attempts: How often `body` is called at most.
    ///   - body: Gets the value, `nil` when there is none, and returns the new one, or `nil` to remove the key. It may
    ///     be called several times.
    /// - Returns: The new value.
    /// - Throws: What `body` throws, and nothing is changed then; `.conflict` after the last attempt; `.codingFailed`,
    ///   `.invalidCommand`; what `RedisClient.send` throws.
    @discardableResult
    public func update<Value: Codable>(
        _ type: Value.Type = Value.self,
        for key: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = .keep,
        attempts: Int = 16,
        _ body: (Value?) throws -> Value?
    ) async throws -> Value? {
        let key = key.redisBytes
        try expiry?.check()
        var new: Value?
        try await client.update(key, expiry: expiry, attempts: attempts) { bytes in
            new = try body(try decode(type, bytes, of: key))
            return try new.map { try coder.encode($0, for: key) }
        }
        return new
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: RedisBytes?, of key: RedisBytes)
        throws(RedisError) -> Value?
    {
        guard let bytes else { return nil }
        return .some(try coder.decode(type, from: bytes, of: key))
    }
}
