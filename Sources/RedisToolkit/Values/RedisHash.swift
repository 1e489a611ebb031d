/// A hash: fields with their values, under one key.
///
/// ```swift
/// let user = RedisHash("user:7", client)
/// try await user.set(["name": "Ada", "visits": 1], mode: .replace, expiry: .after(.seconds(3600)))
/// let fields = try await user.texts()
/// ```
///
/// A hash without fields does not exist: what is read of a missing one is `nil`, and never empty.
public struct RedisHash: Sendable {
    /// What becomes of the fields that `set` does not name.
    public enum Mode: Sendable, Hashable {
        /// They stay.
        case merge
        /// They are removed.
        case replace
    }

    /// The key.
    public let key: RedisBytes
    /// Sends the commands.
    public let client: RedisClient

    /// The hash under a key; nothing is sent.
    public init(_ key: some RedisBytesConvertible, _ client: RedisClient) {
        self.key = key.redisBytes
        self.client = client
    }

    /// Sets fields, and the time to live with them, in one step.
    ///
    /// - Parameters:
    ///   - fields: Names and values, for example `["name": "Ada", "visits": 1]`, or a dictionary.
    ///   - mode: What becomes of the other fields. `.replace` by no fields removes the hash.
    ///   - expiry: When the key expires; `nil` means not at all. By default as before.
    /// - Throws: `.invalidCommand` for a time to live that is not positive; `.serverError` with the prefix `WRONGTYPE`
    ///   for a key that is no hash, which stays as it is; what `RedisClient.send` throws.
    public func set(
        _ fields: RedisPairs,
        mode: Mode = .merge,
        expiry: RedisSetExpiry? = .keep
    ) async throws(RedisError) {
        try expiry?.check()
        if mode == .merge, expiry == .keep {
            if fields.count > 0 { try await client.hset(key, fields) }
            return
        }
        let arguments = RedisScript.argumentsOfSetHash(mode, expiry, fields)
        try await client.run(.setHash, keys: [key], arguments: arguments)
    }

    /// All fields; `nil` when there is no hash. `RedisClient.hscan` reads a large one page by page.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func fields() async throws(RedisError) -> [RedisBytes: RedisBytes]? {
        let fields = try await client.hgetall(key)
        return fields.isEmpty ? nil : fields
    }

    /// All fields as text; `nil` when there is no hash.
    ///
    /// - Throws: `.codingFailed` when a name or a value is not UTF-8: `fields` has the bytes. What `RedisClient.send`
    ///   throws.
    public func texts() async throws(RedisError) -> [String: String]? {
        guard let fields = try await fields() else { return nil }
        var texts: [String: String] = [:]
        for (name, value) in fields {
            guard let name = name.text, let value = value.text else {
                let text = "a field of \"\(key.shown())\" is not UTF-8: fields() has its bytes"
                throw RedisError(.codingFailed, text, phase: .command).with(.executed)
            }
            texts[name] = value
        }
        return texts
    }

    /// The value of a field; `nil` when there is no such field.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func value(of field: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await client.hget(key, field)
    }

    /// The values of several fields, in their order; `nil` for a field that is not there.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func values(of fields: [some RedisBytesConvertible]) async throws(RedisError) -> [RedisBytes?] {
        fields.isEmpty ? [] : try await client.hmget(key, fields)
    }

    /// Adds to the integer of a field, which counts as 0 when it is missing, and returns the sum.
    ///
    /// - Throws: `.serverError` when the field has no integer, or the sum does not fit; what `RedisClient.send` throws.
    @discardableResult
    public func increment(_ field: some RedisBytesConvertible, by amount: Int = 1) async throws(RedisError) -> Int {
        try await client.hincrby(key, field, amount)
    }

    /// Adds to the number of a field, which counts as 0 when it is missing, and returns the sum.
    ///
    /// - Throws: `.serverError` when the field has no number; what `RedisClient.send` throws.
    @discardableResult
    public func increment(_ field: some RedisBytesConvertible, by amount: Double) async throws(RedisError) -> Double {
        try await client.hincrbyfloat(key, field, amount)
    }

    /// Removes fields, and returns how many there were.
    ///
    /// - Throws: What `RedisClient.send` throws.
    @discardableResult
    public func remove(_ fields: any RedisBytesConvertible...) async throws(RedisError) -> Int {
        fields.isEmpty ? 0 : try await client.hdel(key, fields.map(\.redisBytes))
    }
}
