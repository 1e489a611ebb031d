/// What `setMax` or `setMin` has made of a key.
public struct RedisExtremum<Value: Sendable>: Sendable {
    /// What the key has now.
    public let value: Value
    /// Whether the call has set it.
    public let isChanged: Bool

    /// A result.
    public init(value: Value, isChanged: Bool) {
        self.value = value
        self.isChanged = isChanged
    }
}

extension RedisExtremum: Equatable where Value: Equatable {}
extension RedisExtremum: Hashable where Value: Hashable {}

// The greatest or the least of what was seen, kept in one key. The time to live of the key stays. None of these is
// tried again when it may have run: the second attempt would find the number of the first, and say that nothing was
// changed.
extension RedisClient {
    /// Sets a key to an integer if that is greater than the one that it has, or if there is none. Integers are compared
    /// exactly, also beyond 2⁵³.
    ///
    /// - Parameters:
    ///   - value: The integer.
    ///   - key: The key. A new one does not expire.
    /// - Returns: What the key has now, and whether it was set.
    /// - Throws: `.serverError` for a key that has no integer, which stays as it is; what `send` throws.
    @discardableResult
    public func setMax(_ value: Int, for key: some RedisBytesConvertible) async throws(RedisError) -> RedisExtremum<Int>
    {
        try await set(value, "max", "integer", for: key.redisBytes)
    }

    /// Sets a key to an integer if that is less than the one that it has, or if there is none. Integers are compared
    /// exactly, also beyond 2⁵³.
    ///
    /// - Throws: What `setMax(_:for:)` throws.
    @discardableResult
    public func setMin(_ value: Int, for key: some RedisBytesConvertible) async throws(RedisError) -> RedisExtremum<Int>
    {
        try await set(value, "min", "integer", for: key.redisBytes)
    }

    /// Sets a key to a number if that is greater than the one that it has, or if there is none.
    ///
    /// - Parameters:
    ///   - value: The number, which is not NaN.
    ///   - key: The key. A new one does not expire.
    /// - Returns: What the key has now, and whether it was set.
    /// - Throws: `.invalidCommand` for NaN; `.serverError` for a key that has no number, which stays as it is; what
    ///   `send` throws.
    @discardableResult
    public func setMax(_ value: Double, for key: some RedisBytesConvertible) async throws(RedisError) -> RedisExtremum<
        Double
    > {
        try await set(checked(value), "max", "double", for: key.redisBytes)
    }

    /// Sets a key to a number if that is less than the one that it has, or if there is none.
    ///
    /// - Throws: What `setMax(_:for:)` throws.
    @discardableResult
    public func setMin(_ value: Double, for key: some RedisBytesConvertible) async throws(RedisError) -> RedisExtremum<
        Double
    > {
        try await set(checked(value), "min", "double", for: key.redisBytes)
    }

    /// Sets a key to these bytes if they come behind those that it has, byte by byte, or if there are none.
    ///
    /// - Throws: `.conflict` when others change the key all the time; what `send` throws.
    @discardableResult
    public func setMax(
        bytes: some RedisBytesConvertible,
        for key: some RedisBytesConvertible
    ) async throws(RedisError) -> RedisExtremum<RedisBytes> {
        try await set(bytes: bytes.redisBytes, for: key.redisBytes) { $0.lexicographicallyPrecedes($1) }
    }

    /// Sets a key to these bytes if they come before those that it has, byte by byte, or if there are none.
    ///
    /// - Throws: `.conflict` when others change the key all the time; what `send` throws.
    @discardableResult
    public func setMin(
        bytes: some RedisBytesConvertible,
        for key: some RedisBytesConvertible
    ) async throws(RedisError) -> RedisExtremum<RedisBytes> {
        try await set(bytes: bytes.redisBytes, for: key.redisBytes) { $1.lexicographicallyPrecedes($0) }
    }

    private func checked(_ value: Double) throws(RedisError) -> Double {
        if value.isNaN {
            throw RedisError(.invalidCommand, "NaN is neither more nor less than any number", phase: .command)
        }
        return value
    }

    private func set<Value: RedisBytesConvertible & RedisReply>(
        _ value: Value,
        _ kind: String,
        _ form: String,
        for key: RedisBytes
    ) async throws(RedisError) -> RedisExtremum<Value> {
        let reply = try await run(.extremum, keys: [key], arguments: [value, kind, form])
        guard let parts = reply.elements, parts.count == 2, let isChanged = Bool(reply: parts[0]),
            let now = Value(reply: parts[1])
        else { throw .unexpectedReplyOfScript("the script of setMax and setMin") }
        return RedisExtremum(value: now, isChanged: isChanged)
    }

    /// Bytes are compared here: the server's language would compare texts by its locale.
    private func set(
        bytes: RedisBytes,
        for key: RedisBytes,
        ifFirstIsExceeded isExceeded: (RedisBytes, RedisBytes) -> Bool
    ) async throws(RedisError) -> RedisExtremum<RedisBytes> {
        for _ in 0..<Self.mostConflicts {
            let old = try await get(key)
            if let old, !isExceeded(old, bytes) { return RedisExtremum(value: old, isChanged: false) }
            if try await compareAndSet(key, old, bytes) { return RedisExtremum(value: bytes, isChanged: true) }
        }
        throw RedisError(.conflict, "others changed the key between each look and each change", phase: .command)
    }

    private static var mostConflicts: Int { 64 }
}

extension RedisError {
    /// The reply of a script of ours that has another form than the script gives it.
    static func unexpectedReplyOfScript(_ name: String) -> RedisError {
        RedisError(.unexpectedReply, "the reply of \(name) has no known form", phase: .command)
    }
}
