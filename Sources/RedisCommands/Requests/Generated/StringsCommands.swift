// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == RedisBytes? {
    /// The value of a key; `nil` for a missing key. (GET)
    public static func get(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("GET", key))
    }

    /// Sets a key and returns the value that it had before; `nil` for a key that was missing. NX together with GET
    /// needs 7.0. Since Redis 6.2. (SET)
    public static func setAndGet(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        if condition: RedisSetCondition? = nil,
        expiry: RedisSetExpiry? = nil
    ) -> RedisRequest<RedisBytes?> {
        let command = RedisCommand("SET", count: 4 + condition.argumentCount + expiry.argumentCount) { writer in
            key.write(to: &writer)
            value.write(to: &writer)
            condition.append(to: &writer)
            expiry.append(to: &writer)
            writer.append("GET")
        }
        return RedisRequest(command)
    }

    /// Removes a key and returns the value that it had. Since Redis 6.2. (GETDEL)
    public static func getdel(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("GETDEL", key))
    }

    /// The value of a key, whose expiry is set or taken away. Since Redis 6.2. (GETEX)
    public static func getex(_ key: some RedisBytesConvertible, expiry: RedisGetExpiry) -> RedisRequest<RedisBytes?> {
        let command = RedisCommand("GETEX", count: 2 + expiry.argumentCount) { writer in
            key.write(to: &writer)
            expiry.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [RedisBytes?] {
    /// The values of several keys, in their order; `nil` for a missing key. (MGET)
    public static func mget<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) -> RedisRequest<[RedisBytes?]> {
        RedisRequest(RedisCommand("MGET", repeat each keys))
    }

    /// The values of several keys, in their order; `nil` for a missing key. (MGET)
    public static func mget(_ keys: [some RedisBytesConvertible]) -> RedisRequest<[RedisBytes?]> {
        let command = RedisCommand("MGET", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Void {
    /// Sets a key. Without `expiry` the key does not expire any more. (SET)
    public static func set(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = nil
    ) -> RedisRequest<Void> {
        let command = RedisCommand("SET", count: 3 + expiry.argumentCount) { writer in
            key.write(to: &writer)
            value.write(to: &writer)
            expiry.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Sets several keys at once. (MSET)
    public static func mset(_ pairs: RedisPairs) -> RedisRequest<Void> {
        let command = RedisCommand("MSET", count: 1 + pairs.argumentCount) { writer in
            pairs.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisRequest where Reply == Bool {
    /// Sets a key if the condition is met, and returns whether it was. (SET)
    public static func set(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        if condition: RedisSetCondition,
        expiry: RedisSetExpiry? = nil
    ) -> RedisRequest<Bool> {
        let command = RedisCommand("SET", count: 3 + condition.argumentCount + expiry.argumentCount) { writer in
            key.write(to: &writer)
            value.write(to: &writer)
            condition.append(to: &writer)
            expiry.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.isOK(reply)) }
    }

    /// Sets several keys if none of them exists, and returns whether they were set. (MSETNX)
    public static func msetnx(_ pairs: RedisPairs) -> RedisRequest<Bool> {
        let command = RedisCommand("MSETNX", count: 1 + pairs.argumentCount) { writer in
            pairs.append(to: &writer)
        }
        return RedisRequest(command)
    }

    /// One bit of a value. (GETBIT)
    public static func getbit(_ key: some RedisBytesConvertible, _ offset: Int) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("GETBIT", key, offset))
    }

    /// Sets one bit of a value, and returns what it was. (SETBIT)
    public static func setbit(_ key: some RedisBytesConvertible, _ offset: Int, _ bit: Bool) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("SETBIT", key, offset, (bit ? 1 : 0)))
    }
}

extension RedisRequest where Reply == Int {
    /// Appends to the value of a key, and returns its new length in bytes. (APPEND)
    public static func append(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("APPEND", key, value)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// The length of the value of a key in bytes; 0 for a missing key. (STRLEN)
    public static func strlen(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("STRLEN", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Overwrites a part of a value, and returns the value's length in bytes. (SETRANGE)
    public static func setrange(
        _ key: some RedisBytesConvertible,
        _ offset: Int,
        _ value: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SETRANGE", key, offset, value)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many bits of a value are set. (BITCOUNT)
    public static func bitcount(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("BITCOUNT", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == RedisBytes {
    /// The bytes of a value from `start` to `end`, which is included. Negative positions count from the end. (GETRANGE)
    public static func getrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ end: Int
    ) -> RedisRequest<RedisBytes> {
        RedisRequest(RedisCommand("GETRANGE", key, start, end))
    }
}

extension RedisRequest {
    /// The value of a key; `nil` for a missing key. In the type that the caller names. (GET)
    public static func get<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("GET", key))
    }

    /// The values of several keys, in their order; `nil` for a missing key. In the type that the caller names. (MGET)
    public static func mget<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) -> RedisRequest<[Value?]> where Reply == [Value?] {
        RedisRequest(RedisCommand("MGET", repeat each keys))
    }

    /// The values of several keys, in their order; `nil` for a missing key. In the type that the caller names. (MGET)
    public static func mget<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) -> RedisRequest<[Value?]> where Reply == [Value?] {
        let command = RedisCommand("MGET", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Sets a key and returns the value that it had before; `nil` for a key that was missing. NX together with GET
    /// needs 7.0. In the type that the caller names. Since Redis 6.2. (SET)
    public static func setAndGet<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        if condition: RedisSetCondition? = nil,
        expiry: RedisSetExpiry? = nil,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        let command = RedisCommand("SET", count: 4 + condition.argumentCount + expiry.argumentCount) { writer in
            key.write(to: &writer)
            value.write(to: &writer)
            condition.append(to: &writer)
            expiry.append(to: &writer)
            writer.append("GET")
        }
        return RedisRequest(command)
    }

    /// Removes a key and returns the value that it had. In the type that the caller names. Since Redis 6.2. (GETDEL)
    public static func getdel<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("GETDEL", key))
    }

    /// The value of a key, whose expiry is set or taken away. In the type that the caller names. Since Redis 6.2.
    /// (GETEX)
    public static func getex<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        expiry: RedisGetExpiry,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        let command = RedisCommand("GETEX", count: 2 + expiry.argumentCount) { writer in
            key.write(to: &writer)
            expiry.append(to: &writer)
        }
        return RedisRequest(command)
    }

    /// The bytes of a value from `start` to `end`, which is included. Negative positions count from the end. In the
    /// type that the caller names. (GETRANGE)
    public static func getrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ end: Int,
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        RedisRequest(RedisCommand("GETRANGE", key, start, end))
    }
}

extension RedisCommandSender {
    /// The value of a key; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func get(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.get(key))
    }

    /// The value of a key; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func get<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.get(key, as: type))
    }

    /// The values of several keys, in their order; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func mget<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> [RedisBytes?] {
        try await send(.mget(repeat each keys))
    }

    /// The values of several keys, in their order; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func mget(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> [RedisBytes?] {
        try await send(.mget(keys))
    }

    /// The values of several keys, in their order; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func mget<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) async throws(RedisError) -> [Value?] {
        try await send(.mget(repeat each keys, as: type))
    }

    /// The values of several keys, in their order; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func mget<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) async throws(RedisError) -> [Value?] {
        try await send(.mget(keys, as: type))
    }

    /// Sets a key. Without `expiry` the key does not expire any more.
    ///
    /// - Throws: What `send` throws.
    public func set(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) {
        try await send(.set(key, value, expiry: expiry))
    }

    /// Sets a key if the condition is met, and returns whether it was.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func set(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        if condition: RedisSetCondition,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) -> Bool {
        try await send(.set(key, value, if: condition, expiry: expiry))
    }

    /// Sets a key and returns the value that it had before; `nil` for a key that was missing. NX together with GET
    /// needs 7.0. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func setAndGet(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        if condition: RedisSetCondition? = nil,
        expiry: RedisSetExpiry? = nil
    ) async throws(RedisError) -> RedisBytes? {
        try await send(.setAndGet(key, value, if: condition, expiry: expiry))
    }

    /// Sets a key and returns the value that it had before; `nil` for a key that was missing. NX together with GET
    /// needs 7.0. In the type that the caller names. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func setAndGet<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible,
        if condition: RedisSetCondition? = nil,
        expiry: RedisSetExpiry? = nil,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.setAndGet(key, value, if: condition, expiry: expiry, as: type))
    }

    /// Removes a key and returns the value that it had. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func getdel(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.getdel(key))
    }

    /// Removes a key and returns the value that it had. In the type that the caller names. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func getdel<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.getdel(key, as: type))
    }

    /// The value of a key, whose expiry is set or taken away. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func getex(
        _ key: some RedisBytesConvertible,
        expiry: RedisGetExpiry
    ) async throws(RedisError) -> RedisBytes? {
        try await send(.getex(key, expiry: expiry))
    }

    /// The value of a key, whose expiry is set or taken away. In the type that the caller names. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func getex<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        expiry: RedisGetExpiry,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.getex(key, expiry: expiry, as: type))
    }

    /// Sets several keys at once.
    ///
    /// - Throws: What `send` throws.
    public func mset(_ pairs: RedisPairs) async throws(RedisError) {
        try await send(.mset(pairs))
    }

    /// Sets several keys if none of them exists, and returns whether they were set.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func msetnx(_ pairs: RedisPairs) async throws(RedisError) -> Bool {
        try await send(.msetnx(pairs))
    }

    /// Appends to the value of a key, and returns its new length in bytes.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func append(
        _ key: some RedisBytesConvertible,
        _ value: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.append(key, value))
    }

    /// The length of the value of a key in bytes; 0 for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func strlen(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.strlen(key))
    }

    /// The bytes of a value from `start` to `end`, which is included. Negative positions count from the end.
    ///
    /// - Throws: What `send` throws.
    public func getrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ end: Int
    ) async throws(RedisError) -> RedisBytes {
        try await send(.getrange(key, start, end))
    }

    /// The bytes of a value from `start` to `end`, which is included. Negative positions count from the end. In the
    /// type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func getrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ end: Int,
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.getrange(key, start, end, as: type))
    }

    /// Overwrites a part of a value, and returns the value's length in bytes.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func setrange(
        _ key: some RedisBytesConvertible,
        _ offset: Int,
        _ value: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.setrange(key, offset, value))
    }

    /// One bit of a value.
    ///
    /// - Throws: What `send` throws.
    public func getbit(_ key: some RedisBytesConvertible, _ offset: Int) async throws(RedisError) -> Bool {
        try await send(.getbit(key, offset))
    }

    /// Sets one bit of a value, and returns what it was.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func setbit(_ key: some RedisBytesConvertible, _ offset: Int, _ bit: Bool) async throws(RedisError) -> Bool {
        try await send(.setbit(key, offset, bit))
    }

    /// How many bits of a value are set.
    ///
    /// - Throws: What `send` throws.
    public func bitcount(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.bitcount(key))
    }
}
