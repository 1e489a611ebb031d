// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == RedisBytes? {
    /// The value of a field; `nil` for a missing one. (HGET)
    public static func hget(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible
    ) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("HGET", key, field))
    }
}

extension RedisRequest where Reply == [RedisBytes?] {
    /// The values of several fields, in their order; `nil` for a missing one. (HMGET)
    public static func hmget<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ fields: repeat each Argument
    ) -> RedisRequest<[RedisBytes?]> {
        RedisRequest(RedisCommand("HMGET", key, repeat each fields))
    }

    /// The values of several fields, in their order; `nil` for a missing one. (HMGET)
    public static func hmget(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) -> RedisRequest<[RedisBytes?]> {
        let command = RedisCommand("HMGET", count: 2 + fields.count) { writer in
            key.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Removes fields and returns the values that they had, in their order. Since Redis 8.0. (HGETDEL)
    public static func hgetdel(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) -> RedisRequest<[RedisBytes?]> {
        let command = RedisCommand("HGETDEL", count: 4 + fields.count) { writer in
            key.write(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// The values of fields, whose expiry is set or taken away. Since Redis 8.0. (HGETEX)
    public static func hgetex(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        expiry: RedisGetExpiry
    ) -> RedisRequest<[RedisBytes?]> {
        let command = RedisCommand("HGETEX", count: 4 + expiry.argumentCount + fields.count) { writer in
            key.write(to: &writer)
            expiry.append(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [RedisBytes: RedisBytes] {
    /// All fields and their values; empty for a missing key. (HGETALL)
    public static func hgetall(_ key: some RedisBytesConvertible) -> RedisRequest<[RedisBytes: RedisBytes]> {
        RedisRequest(RedisCommand("HGETALL", key))
    }
}

extension RedisRequest where Reply == Bool {
    /// Sets a field, and returns whether it is new. (HSET)
    public static func hset(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("HSET", key, field, value))
    }

    /// Sets a field if it does not exist, and returns whether it did not. (HSETNX)
    public static func hsetnx(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("HSETNX", key, field, value))
    }

    /// Whether a field exists. (HEXISTS)
    public static func hexists(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("HEXISTS", key, field))
    }

    /// Sets fields and their expiry if the condition is met by all of them, and returns whether it was. Since Redis
    /// 8.0. (HSETEX)
    public static func hsetex(
        _ key: some RedisBytesConvertible,
        _ pairs: RedisPairs,
        if condition: RedisFieldCondition? = nil,
        expiry: RedisSetExpiry? = nil
    ) -> RedisRequest<Bool> {
        let argumentCount = 4 + condition.argumentCount + expiry.argumentCount + pairs.argumentCount
        let command = RedisCommand("HSETEX", count: argumentCount) { writer in
            key.write(to: &writer)
            condition.append(to: &writer)
            expiry.append(to: &writer)
            writer.append("FIELDS")
            pairs.count.write(to: &writer)
            pairs.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Int {
    /// Sets fields, and returns how many of them are new. (HSET)
    public static func hset(_ key: some RedisBytesConvertible, _ pairs: RedisPairs) -> RedisRequest<Int> {
        let command = RedisCommand("HSET", count: 2 + pairs.argumentCount) { writer in
            key.write(to: &writer)
            pairs.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes fields, and returns how many there were. (HDEL)
    public static func hdel<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ fields: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("HDEL", key, repeat each fields)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes fields, and returns how many there were. (HDEL)
    public static func hdel(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("HDEL", count: 2 + fields.count) { writer in
            key.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many fields there are. (HLEN)
    public static func hlen(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("HLEN", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// The length of a field's value in bytes; 0 for a missing one. (HSTRLEN)
    public static func hstrlen(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("HSTRLEN", key, field)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Adds to the number in a field, and returns the sum. A missing field counts as 0. (HINCRBY)
    public static func hincrby(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ increment: Int
    ) -> RedisRequest<Int> {
        RedisRequest(RedisCommand("HINCRBY", key, field, increment))
    }
}

extension RedisRequest where Reply == [RedisBytes] {
    /// The names of all fields, in no order. (HKEYS)
    public static func hkeys(_ key: some RedisBytesConvertible) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("HKEYS", key))
    }

    /// The values of all fields, in no order. (HVALS)
    public static func hvals(_ key: some RedisBytesConvertible) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("HVALS", key))
    }

    /// Names of that many different fields, by chance; with a negative count that many names, of which some may be the
    /// same. Since Redis 6.2. (HRANDFIELD)
    public static func hrandfield(_ key: some RedisBytesConvertible, _ count: Int) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("HRANDFIELD", key, count))
    }
}

extension RedisRequest where Reply == Double {
    /// Adds to the number in a field, and returns the sum. A missing field counts as 0. (HINCRBYFLOAT)
    public static func hincrbyfloat(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ increment: Double
    ) -> RedisRequest<Double> {
        RedisRequest(RedisCommand("HINCRBYFLOAT", key, field, increment))
    }
}

extension RedisRequest where Reply == RedisScanPage<RedisField> {
    /// One page of the fields; `hscan(_:match:count:)` of a client reads all pages. (HSCAN)
    public static func hscan(
        _ key: some RedisBytesConvertible,
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) -> RedisRequest<RedisScanPage<RedisField>> {
        let command = RedisCommand("HSCAN", count: 3 + (pattern == nil ? 0 : 2) + (count == nil ? 0 : 2)) { writer in
            key.write(to: &writer)
            cursor.write(to: &writer)
            if let pattern {
                writer.append("MATCH")
                pattern.write(to: &writer)
            }
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
        }
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScanPage<RedisField>.read(reply))
        }
    }
}

extension RedisRequest {
    /// The value of a field; `nil` for a missing one. In the type that the caller names. (HGET)
    public static func hget<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("HGET", key, field))
    }

    /// The values of several fields, in their order; `nil` for a missing one. In the type that the caller names.
    /// (HMGET)
    public static func hmget<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: repeat each Argument,
        as type: Value.Type
    ) -> RedisRequest<[Value?]> where Reply == [Value?] {
        RedisRequest(RedisCommand("HMGET", key, repeat each fields))
    }

    /// The values of several fields, in their order; `nil` for a missing one. In the type that the caller names.
    /// (HMGET)
    public static func hmget<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        as type: Value.Type
    ) -> RedisRequest<[Value?]> where Reply == [Value?] {
        let command = RedisCommand("HMGET", count: 2 + fields.count) { writer in
            key.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// All fields and their values; empty for a missing key. In the type that the caller names. (HGETALL)
    public static func hgetall<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<[RedisBytes: Value]> where Reply == [RedisBytes: Value] {
        RedisRequest(RedisCommand("HGETALL", key))
    }

    /// The values of all fields, in no order. In the type that the caller names. (HVALS)
    public static func hvals<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("HVALS", key))
    }

    /// Removes fields and returns the values that they had, in their order. In the type that the caller names. Since
    /// Redis 8.0. (HGETDEL)
    public static func hgetdel<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        as type: Value.Type
    ) -> RedisRequest<[Value?]> where Reply == [Value?] {
        let command = RedisCommand("HGETDEL", count: 4 + fields.count) { writer in
            key.write(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// The values of fields, whose expiry is set or taken away. In the type that the caller names. Since Redis 8.0.
    /// (HGETEX)
    public static func hgetex<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        expiry: RedisGetExpiry,
        as type: Value.Type
    ) -> RedisRequest<[Value?]> where Reply == [Value?] {
        let command = RedisCommand("HGETEX", count: 4 + expiry.argumentCount + fields.count) { writer in
            key.write(to: &writer)
            expiry.append(to: &writer)
            writer.append("FIELDS")
            fields.count.write(to: &writer)
            for argument in fields { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// The value of a field; `nil` for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func hget(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible
    ) async throws(RedisError) -> RedisBytes? {
        try await send(.hget(key, field))
    }

    /// The value of a field; `nil` for a missing one. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func hget<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.hget(key, field, as: type))
    }

    /// The values of several fields, in their order; `nil` for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func hmget<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ fields: repeat each Argument
    ) async throws(RedisError) -> [RedisBytes?] {
        try await send(.hmget(key, repeat each fields))
    }

    /// The values of several fields, in their order; `nil` for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func hmget(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [RedisBytes?] {
        try await send(.hmget(key, fields))
    }

    /// The values of several fields, in their order; `nil` for a missing one. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func hmget<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: repeat each Argument,
        as type: Value.Type
    ) async throws(RedisError) -> [Value?] {
        try await send(.hmget(key, repeat each fields, as: type))
    }

    /// The values of several fields, in their order; `nil` for a missing one. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func hmget<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        as type: Value.Type
    ) async throws(RedisError) -> [Value?] {
        try await send(.hmget(key, fields, as: type))
    }

    /// All fields and their values; empty for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func hgetall(_ key: some RedisBytesConvertible) async throws(RedisError) -> [RedisBytes: RedisBytes] {
        try await send(.hgetall(key))
    }

    /// All fields and their values; empty for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func hgetall<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> [RedisBytes: Value] {
        try await send(.hgetall(key, as: type))
    }

    /// Sets a field, and returns whether it is new.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hset(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.hset(key, field, value))
    }

    /// Sets fields, and returns how many of them are new.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hset(_ key: some RedisBytesConvertible, _ pairs: RedisPairs) async throws(RedisError) -> Int {
        try await send(.hset(key, pairs))
    }

    /// Sets a field if it does not exist, and returns whether it did not.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hsetnx(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.hsetnx(key, field, value))
    }

    /// Removes fields, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hdel<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ fields: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.hdel(key, repeat each fields))
    }

    /// Removes fields, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hdel(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.hdel(key, fields))
    }

    /// Whether a field exists.
    ///
    /// - Throws: What `send` throws.
    public func hexists(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.hexists(key, field))
    }

    /// How many fields there are.
    ///
    /// - Throws: What `send` throws.
    public func hlen(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.hlen(key))
    }

    /// The names of all fields, in no order.
    ///
    /// - Throws: What `send` throws.
    public func hkeys(_ key: some RedisBytesConvertible) async throws(RedisError) -> [RedisBytes] {
        try await send(.hkeys(key))
    }

    /// The values of all fields, in no order.
    ///
    /// - Throws: What `send` throws.
    public func hvals(_ key: some RedisBytesConvertible) async throws(RedisError) -> [RedisBytes] {
        try await send(.hvals(key))
    }

    /// The values of all fields, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func hvals<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.hvals(key, as: type))
    }

    /// The length of a field's value in bytes; 0 for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func hstrlen(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.hstrlen(key, field))
    }

    /// Adds to the number in a field, and returns the sum. A missing field counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hincrby(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ increment: Int
    ) async throws(RedisError) -> Int {
        try await send(.hincrby(key, field, increment))
    }

    /// Adds to the number in a field, and returns the sum. A missing field counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hincrbyfloat(
        _ key: some RedisBytesConvertible,
        _ field: some RedisBytesConvertible,
        _ increment: Double
    ) async throws(RedisError) -> Double {
        try await send(.hincrbyfloat(key, field, increment))
    }

    /// Names of that many different fields, by chance; with a negative count that many names, of which some may be the
    /// same. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    public func hrandfield(_ key: some RedisBytesConvertible, _ count: Int) async throws(RedisError) -> [RedisBytes] {
        try await send(.hrandfield(key, count))
    }

    /// Removes fields and returns the values that they had, in their order. Since Redis 8.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hgetdel(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [RedisBytes?] {
        try await send(.hgetdel(key, fields))
    }

    /// Removes fields and returns the values that they had, in their order. In the type that the caller names. Since
    /// Redis 8.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hgetdel<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        as type: Value.Type
    ) async throws(RedisError) -> [Value?] {
        try await send(.hgetdel(key, fields, as: type))
    }

    /// The values of fields, whose expiry is set or taken away. Since Redis 8.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hgetex(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        expiry: RedisGetExpiry
    ) async throws(RedisError) -> [RedisBytes?] {
        try await send(.hgetex(key, fields, expiry: expiry))
    }

    /// The values of fields, whose expiry is set or taken away. In the type that the caller names. Since Redis 8.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hgetex<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ fields: [some RedisBytesConvertible],
        expiry: RedisGetExpiry,
        as type: Value.Type
    ) async throws(RedisError) -> [Value?] {
        try await send(.hgetex(key, fields, expiry: expiry, as: type))
    }

    /// Sets fields and their expiry if the condition is met by all of them, and returns whether it was. Since Redis
    /// 8.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func hsetex(
        _ key: some RedisBytesConvertible,
        _ pairs: RedisPairs,
        if condition: RedisFieldCondition? = nil,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) -> Bool {
        try await send(.hsetex(key, pairs, if: condition, expiry: expiry))
    }

    /// One page of the fields; `hscan(_:match:count:)` of a client reads all pages.
    ///
    /// - Throws: What `send` throws.
    public func hscan(
        _ key: some RedisBytesConvertible,
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) async throws(RedisError) -> RedisScanPage<RedisField> {
        try await send(.hscan(key, from: cursor, match: pattern, count: count))
    }
}
