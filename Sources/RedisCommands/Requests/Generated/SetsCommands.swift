// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Int {
    /// Adds members, and returns how many of them are new. (SADD)
    public static func sadd<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SADD", key, repeat each members)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Adds members, and returns how many of them are new. (SADD)
    public static func sadd(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SADD", count: 2 + members.count) { writer in
            key.write(to: &writer)
            for argument in members { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes members, and returns how many there were. (SREM)
    public static func srem<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SREM", key, repeat each members)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes members, and returns how many there were. (SREM)
    public static func srem(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SREM", count: 2 + members.count) { writer in
            key.write(to: &writer)
            for argument in members { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many members there are; 0 for a missing key. (SCARD)
    public static func scard(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("SCARD", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members that all sets have, and returns how many these are. (SINTERSTORE)
    public static func sinterstore<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ keys: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SINTERSTORE", destination, repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members that all sets have, and returns how many these are. (SINTERSTORE)
    public static func sinterstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SINTERSTORE", count: 2 + keys.count) { writer in
            destination.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members that any of the sets has, and returns how many these are.
    /// (SUNIONSTORE)
    public static func sunionstore<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ keys: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SUNIONSTORE", destination, repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members that any of the sets has, and returns how many these are.
    /// (SUNIONSTORE)
    public static func sunionstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SUNIONSTORE", count: 2 + keys.count) { writer in
            destination.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members of the first set that no other one has, and returns how many these
    /// are. (SDIFFSTORE)
    public static func sdiffstore<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ keys: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SDIFFSTORE", destination, repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members of the first set that no other one has, and returns how many these
    /// are. (SDIFFSTORE)
    public static func sdiffstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SDIFFSTORE", count: 2 + keys.count) { writer in
            destination.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many members all sets have; counting ends at `limit`. Since Redis 7.0. (SINTERCARD)
    public static func sintercard(_ keys: [some RedisBytesConvertible], limit: Int? = nil) -> RedisRequest<Int> {
        let command = RedisCommand("SINTERCARD", count: 2 + keys.count + (limit == nil ? 0 : 2)) { writer in
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            if let limit {
                writer.append("LIMIT")
                limit.write(to: &writer)
            }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == [RedisBytes] {
    /// All members, in no order. (SMEMBERS)
    public static func smembers(_ key: some RedisBytesConvertible) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("SMEMBERS", key))
    }

    /// Takes up to `count` members. (SPOP)
    public static func spop(_ key: some RedisBytesConvertible, count: Int) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("SPOP", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// Up to `count` different members, by chance; with a negative count that many members, of which some may be the
    /// same. (SRANDMEMBER)
    public static func srandmember(_ key: some RedisBytesConvertible, count: Int) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("SRANDMEMBER", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// The members that all sets have, in no order. (SINTER)
    public static func sinter<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("SINTER", repeat each keys))
    }

    /// The members that all sets have, in no order. (SINTER)
    public static func sinter(_ keys: [some RedisBytesConvertible]) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("SINTER", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// The members that any of the sets has, in no order. (SUNION)
    public static func sunion<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("SUNION", repeat each keys))
    }

    /// The members that any of the sets has, in no order. (SUNION)
    public static func sunion(_ keys: [some RedisBytesConvertible]) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("SUNION", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// The members of the first set that no other one has, in no order. (SDIFF)
    public static func sdiff<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("SDIFF", repeat each keys))
    }

    /// The members of the first set that no other one has, in no order. (SDIFF)
    public static func sdiff(_ keys: [some RedisBytesConvertible]) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("SDIFF", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Bool {
    /// Whether a set has a member. (SISMEMBER)
    public static func sismember(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("SISMEMBER", key, member))
    }

    /// Moves a member from one set to another, and returns whether the source had it. (SMOVE)
    public static func smove(
        _ source: some RedisBytesConvertible,
        _ destination: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("SMOVE", source, destination, member))
    }
}

extension RedisRequest where Reply == [Bool] {
    /// Which of the members a set has, in their order. Since Redis 6.2. (SMISMEMBER)
    public static func smismember<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) -> RedisRequest<[Bool]> {
        RedisRequest(RedisCommand("SMISMEMBER", key, repeat each members))
    }

    /// Which of the members a set has, in their order. Since Redis 6.2. (SMISMEMBER)
    public static func smismember(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) -> RedisRequest<[Bool]> {
        let command = RedisCommand("SMISMEMBER", count: 2 + members.count) { writer in
            key.write(to: &writer)
            for argument in members { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == RedisBytes? {
    /// Takes any member; `nil` for a missing key. (SPOP)
    public static func spop(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("SPOP", key))
    }

    /// Any member; `nil` for a missing key. (SRANDMEMBER)
    public static func srandmember(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("SRANDMEMBER", key))
    }
}

extension RedisRequest where Reply == RedisScanPage<RedisBytes> {
    /// One page of the members; `sscan(_:match:count:)` of a client reads all pages. (SSCAN)
    public static func sscan(
        _ key: some RedisBytesConvertible,
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) -> RedisRequest<RedisScanPage<RedisBytes>> {
        let command = RedisCommand("SSCAN", count: 3 + (pattern == nil ? 0 : 2) + (count == nil ? 0 : 2)) { writer in
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
            try command.expecting(RedisScanPage<RedisBytes>.read(reply))
        }
    }
}

extension RedisRequest {
    /// All members, in no order. In the type that the caller names. (SMEMBERS)
    public static func smembers<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("SMEMBERS", key))
    }

    /// Takes any member; `nil` for a missing key. In the type that the caller names. (SPOP)
    public static func spop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("SPOP", key))
    }

    /// Takes up to `count` members. In the type that the caller names. (SPOP)
    public static func spop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("SPOP", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// Any member; `nil` for a missing key. In the type that the caller names. (SRANDMEMBER)
    public static func srandmember<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("SRANDMEMBER", key))
    }

    /// Up to `count` different members, by chance; with a negative count that many members, of which some may be the
    /// same. In the type that the caller names. (SRANDMEMBER)
    public static func srandmember<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("SRANDMEMBER", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// The members that all sets have, in no order. In the type that the caller names. (SINTER)
    public static func sinter<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("SINTER", repeat each keys))
    }

    /// The members that all sets have, in no order. In the type that the caller names. (SINTER)
    public static func sinter<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("SINTER", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// The members that any of the sets has, in no order. In the type that the caller names. (SUNION)
    public static func sunion<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("SUNION", repeat each keys))
    }

    /// The members that any of the sets has, in no order. In the type that the caller names. (SUNION)
    public static func sunion<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("SUNION", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// The members of the first set that no other one has, in no order. In the type that the caller names. (SDIFF)
    public static func sdiff<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("SDIFF", repeat each keys))
    }

    /// The members of the first set that no other one has, in no order. In the type that the caller names. (SDIFF)
    public static func sdiff<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("SDIFF", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// Adds members, and returns how many of them are new.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sadd<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.sadd(key, repeat each members))
    }

    /// Adds members, and returns how many of them are new.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sadd(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.sadd(key, members))
    }

    /// Removes members, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func srem<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.srem(key, repeat each members))
    }

    /// Removes members, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func srem(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.srem(key, members))
    }

    /// All members, in no order.
    ///
    /// - Throws: What `send` throws.
    public func smembers(_ key: some RedisBytesConvertible) async throws(RedisError) -> [RedisBytes] {
        try await send(.smembers(key))
    }

    /// All members, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func smembers<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.smembers(key, as: type))
    }

    /// Whether a set has a member.
    ///
    /// - Throws: What `send` throws.
    public func sismember(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.sismember(key, member))
    }

    /// Which of the members a set has, in their order. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    public func smismember<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) async throws(RedisError) -> [Bool] {
        try await send(.smismember(key, repeat each members))
    }

    /// Which of the members a set has, in their order. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    public func smismember(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [Bool] {
        try await send(.smismember(key, members))
    }

    /// How many members there are; 0 for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func scard(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.scard(key))
    }

    /// Takes any member; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func spop(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.spop(key))
    }

    /// Takes any member; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func spop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.spop(key, as: type))
    }

    /// Takes up to `count` members.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func spop(_ key: some RedisBytesConvertible, count: Int) async throws(RedisError) -> [RedisBytes] {
        try await send(.spop(key, count: count))
    }

    /// Takes up to `count` members. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func spop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.spop(key, count: count, as: type))
    }

    /// Any member; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func srandmember(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.srandmember(key))
    }

    /// Any member; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func srandmember<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.srandmember(key, as: type))
    }

    /// Up to `count` different members, by chance; with a negative count that many members, of which some may be the
    /// same.
    ///
    /// - Throws: What `send` throws.
    public func srandmember(_ key: some RedisBytesConvertible, count: Int) async throws(RedisError) -> [RedisBytes] {
        try await send(.srandmember(key, count: count))
    }

    /// Up to `count` different members, by chance; with a negative count that many members, of which some may be the
    /// same. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func srandmember<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.srandmember(key, count: count, as: type))
    }

    /// Moves a member from one set to another, and returns whether the source had it.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func smove(
        _ source: some RedisBytesConvertible,
        _ destination: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.smove(source, destination, member))
    }

    /// The members that all sets have, in no order.
    ///
    /// - Throws: What `send` throws.
    public func sinter<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.sinter(repeat each keys))
    }

    /// The members that all sets have, in no order.
    ///
    /// - Throws: What `send` throws.
    public func sinter(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> [RedisBytes] {
        try await send(.sinter(keys))
    }

    /// The members that all sets have, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func sinter<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.sinter(repeat each keys, as: type))
    }

    /// The members that all sets have, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func sinter<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.sinter(keys, as: type))
    }

    /// The members that any of the sets has, in no order.
    ///
    /// - Throws: What `send` throws.
    public func sunion<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.sunion(repeat each keys))
    }

    /// The members that any of the sets has, in no order.
    ///
    /// - Throws: What `send` throws.
    public func sunion(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> [RedisBytes] {
        try await send(.sunion(keys))
    }

    /// The members that any of the sets has, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func sunion<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.sunion(repeat each keys, as: type))
    }

    /// The members that any of the sets has, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func sunion<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.sunion(keys, as: type))
    }

    /// The members of the first set that no other one has, in no order.
    ///
    /// - Throws: What `send` throws.
    public func sdiff<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.sdiff(repeat each keys))
    }

    /// The members of the first set that no other one has, in no order.
    ///
    /// - Throws: What `send` throws.
    public func sdiff(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> [RedisBytes] {
        try await send(.sdiff(keys))
    }

    /// The members of the first set that no other one has, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func sdiff<each Argument: RedisBytesConvertible, Value: RedisReply>(
        _ keys: repeat each Argument,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.sdiff(repeat each keys, as: type))
    }

    /// The members of the first set that no other one has, in no order. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func sdiff<Value: RedisReply>(
        _ keys: [some RedisBytesConvertible],
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.sdiff(keys, as: type))
    }

    /// Makes `destination` the set of the members that all sets have, and returns how many these are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sinterstore<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.sinterstore(destination, repeat each keys))
    }

    /// Makes `destination` the set of the members that all sets have, and returns how many these are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sinterstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.sinterstore(destination, keys))
    }

    /// Makes `destination` the set of the members that any of the sets has, and returns how many these are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sunionstore<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.sunionstore(destination, repeat each keys))
    }

    /// Makes `destination` the set of the members that any of the sets has, and returns how many these are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sunionstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.sunionstore(destination, keys))
    }

    /// Makes `destination` the set of the members of the first set that no other one has, and returns how many these
    /// are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sdiffstore<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.sdiffstore(destination, repeat each keys))
    }

    /// Makes `destination` the set of the members of the first set that no other one has, and returns how many these
    /// are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func sdiffstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.sdiffstore(destination, keys))
    }

    /// How many members all sets have; counting ends at `limit`. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func sintercard(_ keys: [some RedisBytesConvertible], limit: Int? = nil) async throws(RedisError) -> Int {
        try await send(.sintercard(keys, limit: limit))
    }

    /// One page of the members; `sscan(_:match:count:)` of a client reads all pages.
    ///
    /// - Throws: What `send` throws.
    public func sscan(
        _ key: some RedisBytesConvertible,
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) async throws(RedisError) -> RedisScanPage<RedisBytes> {
        try await send(.sscan(key, from: cursor, match: pattern, count: count))
    }
}
