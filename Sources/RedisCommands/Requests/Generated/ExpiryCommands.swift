// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Bool {
    /// Lets a key expire, and returns whether it will: not when it is missing or the condition (Redis 7.0) is not met.
    /// (PEXPIRE)
    public static func expire(
        _ key: some RedisBytesConvertible,
        after duration: Duration,
        if condition: RedisExpiryCondition? = nil
    ) -> RedisRequest<Bool> {
        let command = RedisCommand("PEXPIRE", count: 3 + condition.argumentCount) { writer in
            key.write(to: &writer)
            Milliseconds(duration).write(to: &writer)
            condition.append(to: &writer)
        }
        return RedisRequest(command)
    }

    /// Lets a key expire at a time of the server's clock, and returns whether it will: not when it is missing or the
    /// condition (Redis 7.0) is not met. (PEXPIREAT)
    public static func expire(
        _ key: some RedisBytesConvertible,
        at time: RedisTimestamp,
        if condition: RedisExpiryCondition? = nil
    ) -> RedisRequest<Bool> {
        let command = RedisCommand("PEXPIREAT", count: 3 + condition.argumentCount) { writer in
            key.write(to: &writer)
            Milliseconds(time).write(to: &writer)
            condition.append(to: &writer)
        }
        return RedisRequest(command)
    }

    /// Lets a key not expire any more, and returns whether it would have. (PERSIST)
    public static func persist(_ key: some RedisBytesConvertible) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("PERSIST", key))
    }
}

extension RedisRequest where Reply == RedisTimeToLive {
    /// After how long a key expires. (PTTL)
    public static func ttl(_ key: some RedisBytesConvertible) -> RedisRequest<RedisTimeToLive> {
        RedisRequest(RedisCommand("PTTL", key))
    }
}

extension RedisRequest where Reply == RedisExpiryTime {
    /// When a key expires, by the server's clock. Since Redis 7.0. (PEXPIRETIME)
    public static func expiretime(_ key: some RedisBytesConvertible) -> RedisRequest<RedisExpiryTime> {
        RedisRequest(RedisCommand("PEXPIRETIME", key))
    }
}

extension RedisRequest where Reply == [RedisFieldExpiry] {
    /// Lets fields of a hash expire, and returns for each of them what became of that. Since Redis 7.4. (HPEXPIRE)
    public static func hexpire(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        after duration: Duration,
        if condition: RedisExpiryCondition? = nil
    ) -> RedisRequest<[RedisFieldExpiry]> {
        let command = RedisCommand("HPEXPIRE", count: 5 + condition.argumentCount + fields.count) { writer in
            key.write(to: &writer)
            Milliseconds(duration).write(to: &writer)
            condition.append(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [RedisFieldPersistence] {
    /// Lets fields of a hash not expire any more, and returns for each of them what became of that. Since Redis 7.4.
    /// (HPERSIST)
    public static func hpersist(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) -> RedisRequest<[RedisFieldPersistence]> {
        let command = RedisCommand("HPERSIST", count: 4 + fields.count) { writer in
            key.write(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [RedisTimeToLive] {
    /// After how long fields of a hash expire, in their order. Since Redis 7.4. (HPTTL)
    public static func httl(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) -> RedisRequest<[RedisTimeToLive]> {
        let command = RedisCommand("HPTTL", count: 4 + fields.count) { writer in
            key.write(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// Lets a key expire, and returns whether it will: not when it is missing or the condition (Redis 7.0) is not met.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func expire(
        _ key: some RedisBytesConvertible,
        after duration: Duration,
        if condition: RedisExpiryCondition? = nil
    ) async throws(RedisError) -> Bool {
        try await send(.expire(key, after: duration, if: condition))
    }

    /// Lets a key expire at a time of the server's clock, and returns whether it will: not when it is missing or the
    /// condition (Redis 7.0) is not met.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func expire(
        _ key: some RedisBytesConvertible,
        at time: RedisTimestamp,
        if condition: RedisExpiryCondition? = nil
    ) async throws(RedisError) -> Bool {
        try await send(.expire(key, at: time, if: condition))
    }

    /// Lets a key not expire any more, and returns whether it would have.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func persist(_ key: some RedisBytesConvertible) async throws(RedisError) -> Bool {
        try await send(.persist(key))
    }

    /// After how long a key expires.
    ///
    /// - Throws: What `send` throws.
    public func ttl(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisTimeToLive {
        try await send(.ttl(key))
    }

    /// When a key expires, by the server's clock. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func expiretime(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisExpiryTime {
        try await send(.expiretime(key))
    }

    /// Lets fields of a hash expire, and returns for each of them what became of that. Since Redis 7.4.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hexpire(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        after duration: Duration,
        if condition: RedisExpiryCondition? = nil
    ) async throws(RedisError) -> [RedisFieldExpiry] {
        try await send(.hexpire(key, fields, after: duration, if: condition))
    }

    /// Lets fields of a hash not expire any more, and returns for each of them what became of that. Since Redis 7.4.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hpersist(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [RedisFieldPersistence] {
        try await send(.hpersist(key, fields))
    }

    /// After how long fields of a hash expire, in their order. Since Redis 7.4.
    ///
    /// - Throws: What `send` throws.
    public func httl(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [RedisTimeToLive] {
        try await send(.httl(key, fields))
    }
}
