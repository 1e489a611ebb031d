// Changes of one value that happen only if it is still what the caller has seen, in one step at the server.
//
// None of them is tried again when it may have run, whatever the policy admits: the second attempt would find the value
// of the first, and say that nothing was changed.
extension RedisClient {
    /// Sets a key if its value is still `expected`.
    ///
    /// The server's own command does it where there is one (SET with IFEQ: Valkey 8.1, Redis 8.4), a script elsewhere.
    ///
    /// - Parameters:
    ///   - key: The key of a string.
    ///   - expected: The value that the key must have; `nil` means that there must be no key.
    ///   - new: The value to set.
    ///   - expiry: When the key expires from now on; `nil` means not at all. By default as before.
    /// - Returns: Whether it was, and the key is set.
    /// - Throws: What `send` throws; `.serverError` with the prefix `WRONGTYPE` for a key that is no string.
    public func compareAndSet(
        _ key: some RedisBytesConvertible,
        _ expected: (any RedisBytesConvertible)?,
        _ new: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = .keep
    ) async throws(RedisError) -> Bool {
        let key = key.redisBytes
        let new = new.redisBytes
        guard let expected = expected?.redisBytes else {
            return try await sendOnce(.set(key, new, if: .absent, expiry: expiry == .keep ? nil : expiry))
        }
        if capabilities.setIfEqual != .absent {
            do throws(RedisError) {
                let isSet = try await sendOnce(.set(key, new, if: .equal(expected), expiry: expiry))
                capabilities.note(\.setIfEqual, .present)
                return isSet
            } catch {
                guard error.isOfUnknownSyntax else { throw error }
                capabilities.note(\.setIfEqual, .absent)
            }
        }
        // The script passes the options of the command on.
        let arguments = [expected, new] + expiry.arguments
        return try await run(.setIfEqual, keys: [key], arguments: arguments) == .integer(1)
    }

    /// Removes a key if its value is still `expected`, and returns whether it was.
    ///
    /// The server's own command does it where there is one (DELIFEQ: Valkey 9.0; DELEX: Redis 8.4), a script elsewhere.
    ///
    /// - Throws: What `send` throws; `.serverError` for a key that is no string, with the prefix `WRONGTYPE`, or `ERR`
    ///   of Redis since 8.4.
    public func remove(
        _ key: some RedisBytesConvertible,
        ifEquals expected: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        let key = key.redisBytes
        let expected = expected.redisBytes
        let natives: [(WritableKeyPath<ServerCapabilities.State, ServerCapabilities.Presence>, RedisCommand)] = [
            (\.deleteIfEqual, ["DELIFEQ", key, expected]), (\.deleteExtended, ["DELEX", key, "IFEQ", expected]),
        ]
        for (capability, command) in natives where capabilities[capability] != .absent {
            do throws(RedisError) {
                let reply = try await sendOnce(command)
                capabilities.note(capability, .present)
                return reply == .integer(1)
            } catch {
                guard error.isOfUnknownSyntax else { throw error }
                capabilities.note(capability, .absent)
            }
        }
        return try await run(.deleteIfEqual, keys: [key], arguments: [expected]) == .integer(1)
    }

    /// Replaces the value of a key by what `body` makes of it, and again when somebody else has changed it meanwhile.
    ///
    /// - Parameters:
    ///   - key: The key of a string.
    ///   - expiry: When the key expires from now on; `nil` means not at all. By default as before.
    ///   - attempts: How often `body` is called at most.
    ///   - body: Gets the value, `nil` when there is none, and returns the new one, or `nil` to remove the key.
    /// - Returns: The new value.
    /// - Throws: What `body` throws; `.conflict` after the last attempt; what `send` throws.
    @discardableResult
    public func update(
        _ key: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = .keep,
        attempts: Int = 16,
        _ body: (RedisBytes?) throws -> RedisBytes?
    ) async throws -> RedisBytes? {
        let key = key.redisBytes
        for attempt in 0..<max(attempts, 1) {
            // The first attempt after a conflict is made at once.
            if attempt > 1 { try await Task.sleep(for: .milliseconds(50) * .random(in: 0.02...1)) }
            let old = try await get(key)
            switch (old, try body(old)) {
            case (nil, nil): return nil
            case (let old?, nil): if try await remove(key, ifEquals: old) { return nil }
            case (let old, let new?): if try await compareAndSet(key, old, new, expiry: expiry) { return new }
            }
        }
        throw RedisError.conflict
    }

    /// Sends a command as one of which nobody may repeat what may have run.
    private func sendOnce(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
        try await result(of: command, timeout: configuration.commands.timeout, as: .accumulating).get()
    }

    private func sendOnce<Reply>(_ request: RedisRequest<Reply>) async throws(RedisError) -> Reply {
        let reply = await result(of: request.command, timeout: configuration.commands.timeout, as: .accumulating)
        return try request.value(of: reply)
    }
}

// What GET refuses is returned as it is. `call` would end the script with an error that has another prefix before Redis
// 7.
extension RedisScript {
    fileprivate static let setIfEqual = RedisScript(
        """
        local old = redis.pcall('GET', KEYS[1])
        if type(old) == 'table' then return old end
        if old ~= ARGV[1] then return 0 end
        if ARGV[3] == 'KEEPTTL' then
            local ttl = redis.call('PTTL', KEYS[1])
            -- A key in its last millisecond has 0 left.
            if ttl >= 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', math.max(ttl, 1))
            else redis.call('SET', KEYS[1], ARGV[2]) end
        else redis.call('SET', KEYS[1], ARGV[2], unpack(ARGV, 3)) end
        return 1
        """,
        effect: .accumulating
    )

    fileprivate static let deleteIfEqual = RedisScript(
        """
        local old = redis.pcall('GET', KEYS[1])
        if type(old) == 'table' then return old end
        if old ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1])
        """,
        effect: .accumulating
    )
}

/// Which commands the servers of a client have, as far as that was learned by sending them. A server refuses a command
/// that it does not know before it does anything.
final class ServerCapabilities: Sendable {
    enum Presence: Sendable { case unknown, present, absent }

    struct State: Sendable {
        var setIfEqual = Presence.unknown
        var deleteIfEqual = Presence.unknown
        var deleteExtended = Presence.unknown
    }

    private let state = Locked(State())

    var setIfEqual: Presence { self[\.setIfEqual] }

    subscript(_ capability: KeyPath<State, Presence>) -> Presence { state.withLock { $0[keyPath: capability] } }

    func note(_ capability: WritableKeyPath<State, Presence>, _ presence: Presence) {
        state.withLock { $0[keyPath: capability] = presence }
    }
}

extension RedisError {
    /// Whether the server does not know the command or an option of it.
    var isOfUnknownSyntax: Bool { lacksCommand || serverMessage?.hasPrefix("ERR syntax error") == true }
}
