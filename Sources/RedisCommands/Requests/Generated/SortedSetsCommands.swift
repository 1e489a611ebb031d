// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Bool {
    /// Sets the score of a member, and returns whether the member is new. (ZADD)
    public static func zadd(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible,
        _ score: Double,
        if condition: RedisScoreCondition? = nil
    ) -> RedisRequest<Bool> {
        let command = RedisCommand("ZADD", count: 4 + condition.argumentCount) { writer in
            key.write(to: &writer)
            condition.append(to: &writer)
            score.write(to: &writer)
            member.write(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Int {
    /// Sets the scores of members, and returns how many members are new, with `countingChanged` those with another
    /// score as well. (ZADD)
    public static func zadd(
        _ key: some RedisBytesConvertible,
        _ members: [RedisScoredMember],
        if condition: RedisScoreCondition? = nil,
        countingChanged: Bool = false
    ) -> RedisRequest<Int> {
        let argumentCount = 2 + condition.argumentCount + (countingChanged ? 1 : 0) + members.argumentCount
        let command = RedisCommand("ZADD", count: argumentCount) { writer in
            key.write(to: &writer)
            condition.append(to: &writer)
            if countingChanged { writer.append("CH") }
            members.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes members, and returns how many there were. (ZREM)
    public static func zrem<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("ZREM", key, repeat each members)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes members, and returns how many there were. (ZREM)
    public static func zrem(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("ZREM", count: 2 + members.count) { writer in
            key.write(to: &writer)
            for argument in members { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many members there are; 0 for a missing key. (ZCARD)
    public static func zcard(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("ZCARD", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many members have a score in a range. (ZCOUNT)
    public static func zcount(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest
    ) -> RedisRequest<Int> {
        let command = RedisCommand("ZCOUNT", count: 2 + lowest.argumentCount + highest.argumentCount) { writer in
            key.write(to: &writer)
            lowest.append(to: &writer)
            highest.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes the members at the positions from `start` to `stop`, which is included, and returns how many there were.
    /// (ZREMRANGEBYRANK)
    public static func zremrangebyrank(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) -> RedisRequest<Int> {
        let command = RedisCommand("ZREMRANGEBYRANK", key, start, stop)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes the members with a score in a range, and returns how many there were. (ZREMRANGEBYSCORE)
    public static func zremrangebyscore(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest
    ) -> RedisRequest<Int> {
        let argumentCount = 2 + lowest.argumentCount + highest.argumentCount
        let command = RedisCommand("ZREMRANGEBYSCORE", count: argumentCount) { writer in
            key.write(to: &writer)
            lowest.append(to: &writer)
            highest.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members that any of the sets has, and returns how many these are. The scores
    /// of a member are added unless `aggregate` says otherwise. (ZUNIONSTORE)
    public static func zunionstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible],
        aggregate: RedisScoreAggregate? = nil
    ) -> RedisRequest<Int> {
        let command = RedisCommand("ZUNIONSTORE", count: 3 + keys.count + aggregate.argumentCount) { writer in
            destination.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            aggregate.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Makes `destination` the set of the members that all sets have, and returns how many these are. The scores of a
    /// member are added unless `aggregate` says otherwise. (ZINTERSTORE)
    public static func zinterstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible],
        aggregate: RedisScoreAggregate? = nil
    ) -> RedisRequest<Int> {
        let command = RedisCommand("ZINTERSTORE", count: 3 + keys.count + aggregate.argumentCount) { writer in
            destination.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            aggregate.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == Double {
    /// Adds to the score of a member, and returns the sum. A missing member counts as 0. (ZINCRBY)
    public static func zincrby(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible,
        _ increment: Double
    ) -> RedisRequest<Double> {
        RedisRequest(RedisCommand("ZINCRBY", key, increment, member))
    }
}

extension RedisRequest where Reply == Double? {
    /// The score of a member; `nil` for a missing one. (ZSCORE)
    public static func zscore(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) -> RedisRequest<Double?> {
        RedisRequest(RedisCommand("ZSCORE", key, member))
    }
}

extension RedisRequest where Reply == [Double?] {
    /// The scores of members, in their order; `nil` for a missing one. Since Redis 6.2. (ZMSCORE)
    public static func zmscore<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) -> RedisRequest<[Double?]> {
        RedisRequest(RedisCommand("ZMSCORE", key, repeat each members))
    }

    /// The scores of members, in their order; `nil` for a missing one. Since Redis 6.2. (ZMSCORE)
    public static func zmscore(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) -> RedisRequest<[Double?]> {
        let command = RedisCommand("ZMSCORE", count: 2 + members.count) { writer in
            key.write(to: &writer)
            for argument in members { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Int? {
    /// The position of a member from the lowest score, which has 0; `nil` for a missing one. (ZRANK)
    public static func zrank(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) -> RedisRequest<Int?> {
        RedisRequest(RedisCommand("ZRANK", key, member))
    }

    /// The position of a member from the highest score, which has 0; `nil` for a missing one. (ZREVRANK)
    public static func zrevrank(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) -> RedisRequest<Int?> {
        RedisRequest(RedisCommand("ZREVRANK", key, member))
    }
}

extension RedisRequest where Reply == [RedisBytes] {
    /// The members at the positions from `start` to `stop`, which is included, the lowest score first. Negative
    /// positions count from the end. (ZRANGE)
    public static func zrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("ZRANGE", key, start, stop))
    }

    /// The members at the positions from `start` to `stop`, which is included, the highest score first. Negative
    /// positions count from the end. (ZREVRANGE)
    public static func zrevrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("ZREVRANGE", key, start, stop))
    }

    /// The members with a score in a range, the lowest first. (ZRANGEBYSCORE)
    public static func zrangebyscore(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest,
        limit: RedisLimit? = nil
    ) -> RedisRequest<[RedisBytes]> {
        let argumentCount = 2 + lowest.argumentCount + highest.argumentCount + limit.argumentCount
        let command = RedisCommand("ZRANGEBYSCORE", count: argumentCount) { writer in
            key.write(to: &writer)
            lowest.append(to: &writer)
            highest.append(to: &writer)
            limit.append(to: &writer)
        }
        return RedisRequest(command)
    }

    /// The members with a score in a range, the highest first. (ZREVRANGEBYSCORE)
    public static func zrevrangebyscore(
        _ key: some RedisBytesConvertible,
        from highest: RedisScoreBound = .highest,
        to lowest: RedisScoreBound = .lowest,
        limit: RedisLimit? = nil
    ) -> RedisRequest<[RedisBytes]> {
        let argumentCount = 2 + highest.argumentCount + lowest.argumentCount + limit.argumentCount
        let command = RedisCommand("ZREVRANGEBYSCORE", count: argumentCount) { writer in
            key.write(to: &writer)
            highest.append(to: &writer)
            lowest.append(to: &writer)
            limit.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [RedisScoredMember] {
    /// The same as `zrange`, with the scores. (ZRANGE)
    public static func zrangeWithScores(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) -> RedisRequest<[RedisScoredMember]> {
        let command = RedisCommand("ZRANGE", key, start, stop, "WITHSCORES")
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.list(reply))
        }
    }

    /// The same as `zrevrange`, with the scores. (ZREVRANGE)
    public static func zrevrangeWithScores(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) -> RedisRequest<[RedisScoredMember]> {
        let command = RedisCommand("ZREVRANGE", key, start, stop, "WITHSCORES")
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.list(reply))
        }
    }

    /// The same as `zrangebyscore`, with the scores. (ZRANGEBYSCORE)
    public static func zrangebyscoreWithScores(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest,
        limit: RedisLimit? = nil
    ) -> RedisRequest<[RedisScoredMember]> {
        let argumentCount = 3 + lowest.argumentCount + highest.argumentCount + limit.argumentCount
        let command = RedisCommand("ZRANGEBYSCORE", count: argumentCount) { writer in
            key.write(to: &writer)
            lowest.append(to: &writer)
            highest.append(to: &writer)
            writer.append("WITHSCORES")
            limit.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.list(reply))
        }
    }

    /// Takes up to `count` members, the lowest score first. (ZPOPMIN)
    public static func zpopmin(_ key: some RedisBytesConvertible, count: Int) -> RedisRequest<[RedisScoredMember]> {
        let command = RedisCommand("ZPOPMIN", key, count)
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.list(reply))
        }
    }

    /// Takes up to `count` members, the highest score first. (ZPOPMAX)
    public static func zpopmax(_ key: some RedisBytesConvertible, count: Int) -> RedisRequest<[RedisScoredMember]> {
        let command = RedisCommand("ZPOPMAX", key, count)
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.list(reply))
        }
    }
}

extension RedisRequest where Reply == RedisScoredMember? {
    /// Takes the member with the lowest score; `nil` for a missing key. (ZPOPMIN)
    public static func zpopmin(_ key: some RedisBytesConvertible) -> RedisRequest<RedisScoredMember?> {
        let command = RedisCommand("ZPOPMIN", key)
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.first(reply))
        }
    }

    /// Takes the member with the highest score; `nil` for a missing key. (ZPOPMAX)
    public static func zpopmax(_ key: some RedisBytesConvertible) -> RedisRequest<RedisScoredMember?> {
        let command = RedisCommand("ZPOPMAX", key)
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScoredMember.first(reply))
        }
    }
}

extension RedisRequest where Reply == RedisScanPage<RedisScoredMember> {
    /// One page of the members; `zscan(_:match:count:)` of a client reads all pages. (ZSCAN)
    public static func zscan(
        _ key: some RedisBytesConvertible,
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) -> RedisRequest<RedisScanPage<RedisScoredMember>> {
        let command = RedisCommand("ZSCAN", count: 3 + (pattern == nil ? 0 : 2) + (count == nil ? 0 : 2)) { writer in
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
            try command.expecting(RedisScanPage<RedisScoredMember>.read(reply))
        }
    }
}

extension RedisRequest {
    /// The members at the positions from `start` to `stop`, which is included, the lowest score first. Negative
    /// positions count from the end. In the type that the caller names. (ZRANGE)
    public static func zrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("ZRANGE", key, start, stop))
    }

    /// The members at the positions from `start` to `stop`, which is included, the highest score first. Negative
    /// positions count from the end. In the type that the caller names. (ZREVRANGE)
    public static func zrevrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("ZREVRANGE", key, start, stop))
    }

    /// The members with a score in a range, the lowest first. In the type that the caller names. (ZRANGEBYSCORE)
    public static func zrangebyscore<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest,
        limit: RedisLimit? = nil,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let argumentCount = 2 + lowest.argumentCount + highest.argumentCount + limit.argumentCount
        let command = RedisCommand("ZRANGEBYSCORE", count: argumentCount) { writer in
            key.write(to: &writer)
            lowest.append(to: &writer)
            highest.append(to: &writer)
            limit.append(to: &writer)
        }
        return RedisRequest(command)
    }

    /// The members with a score in a range, the highest first. In the type that the caller names. (ZREVRANGEBYSCORE)
    public static func zrevrangebyscore<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        from highest: RedisScoreBound = .highest,
        to lowest: RedisScoreBound = .lowest,
        limit: RedisLimit? = nil,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let argumentCount = 2 + highest.argumentCount + lowest.argumentCount + limit.argumentCount
        let command = RedisCommand("ZREVRANGEBYSCORE", count: argumentCount) { writer in
            key.write(to: &writer)
            highest.append(to: &writer)
            lowest.append(to: &writer)
            limit.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// Sets the score of a member, and returns whether the member is new.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zadd(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible,
        _ score: Double,
        if condition: RedisScoreCondition? = nil
    ) async throws(RedisError) -> Bool {
        try await send(.zadd(key, member, score, if: condition))
    }

    /// Sets the scores of members, and returns how many members are new, with `countingChanged` those with another
    /// score as well.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zadd(
        _ key: some RedisBytesConvertible,
        _ members: [RedisScoredMember],
        if condition: RedisScoreCondition? = nil,
        countingChanged: Bool = false
    ) async throws(RedisError) -> Int {
        try await send(.zadd(key, members, if: condition, countingChanged: countingChanged))
    }

    /// Adds to the score of a member, and returns the sum. A missing member counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zincrby(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible,
        _ increment: Double
    ) async throws(RedisError) -> Double {
        try await send(.zincrby(key, member, increment))
    }

    /// Removes members, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zrem<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.zrem(key, repeat each members))
    }

    /// Removes members, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zrem(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.zrem(key, members))
    }

    /// How many members there are; 0 for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func zcard(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.zcard(key))
    }

    /// How many members have a score in a range.
    ///
    /// - Throws: What `send` throws.
    public func zcount(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest
    ) async throws(RedisError) -> Int {
        try await send(.zcount(key, from: lowest, to: highest))
    }

    /// The score of a member; `nil` for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func zscore(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) async throws(RedisError) -> Double? {
        try await send(.zscore(key, member))
    }

    /// The scores of members, in their order; `nil` for a missing one. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    public func zmscore<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ members: repeat each Argument
    ) async throws(RedisError) -> [Double?] {
        try await send(.zmscore(key, repeat each members))
    }

    /// The scores of members, in their order; `nil` for a missing one. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    public func zmscore(
        _ key: some RedisBytesConvertible,
        _ members: [some RedisBytesConvertible]
    ) async throws(RedisError) -> [Double?] {
        try await send(.zmscore(key, members))
    }

    /// The position of a member from the lowest score, which has 0; `nil` for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func zrank(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) async throws(RedisError) -> Int? {
        try await send(.zrank(key, member))
    }

    /// The position of a member from the highest score, which has 0; `nil` for a missing one.
    ///
    /// - Throws: What `send` throws.
    public func zrevrank(
        _ key: some RedisBytesConvertible,
        _ member: some RedisBytesConvertible
    ) async throws(RedisError) -> Int? {
        try await send(.zrevrank(key, member))
    }

    /// The members at the positions from `start` to `stop`, which is included, the lowest score first. Negative
    /// positions count from the end.
    ///
    /// - Throws: What `send` throws.
    public func zrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.zrange(key, start, stop))
    }

    /// The members at the positions from `start` to `stop`, which is included, the lowest score first. Negative
    /// positions count from the end. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func zrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.zrange(key, start, stop, as: type))
    }

    /// The same as `zrange`, with the scores.
    ///
    /// - Throws: What `send` throws.
    public func zrangeWithScores(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) async throws(RedisError) -> [RedisScoredMember] {
        try await send(.zrangeWithScores(key, start, stop))
    }

    /// The members at the positions from `start` to `stop`, which is included, the highest score first. Negative
    /// positions count from the end.
    ///
    /// - Throws: What `send` throws.
    public func zrevrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.zrevrange(key, start, stop))
    }

    /// The members at the positions from `start` to `stop`, which is included, the highest score first. Negative
    /// positions count from the end. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func zrevrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.zrevrange(key, start, stop, as: type))
    }

    /// The same as `zrevrange`, with the scores.
    ///
    /// - Throws: What `send` throws.
    public func zrevrangeWithScores(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) async throws(RedisError) -> [RedisScoredMember] {
        try await send(.zrevrangeWithScores(key, start, stop))
    }

    /// The members with a score in a range, the lowest first.
    ///
    /// - Throws: What `send` throws.
    public func zrangebyscore(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest,
        limit: RedisLimit? = nil
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.zrangebyscore(key, from: lowest, to: highest, limit: limit))
    }

    /// The members with a score in a range, the lowest first. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func zrangebyscore<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest,
        limit: RedisLimit? = nil,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.zrangebyscore(key, from: lowest, to: highest, limit: limit, as: type))
    }

    /// The same as `zrangebyscore`, with the scores.
    ///
    /// - Throws: What `send` throws.
    public func zrangebyscoreWithScores(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest,
        limit: RedisLimit? = nil
    ) async throws(RedisError) -> [RedisScoredMember] {
        try await send(.zrangebyscoreWithScores(key, from: lowest, to: highest, limit: limit))
    }

    /// The members with a score in a range, the highest first.
    ///
    /// - Throws: What `send` throws.
    public func zrevrangebyscore(
        _ key: some RedisBytesConvertible,
        from highest: RedisScoreBound = .highest,
        to lowest: RedisScoreBound = .lowest,
        limit: RedisLimit? = nil
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.zrevrangebyscore(key, from: highest, to: lowest, limit: limit))
    }

    /// The members with a score in a range, the highest first. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    public func zrevrangebyscore<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        from highest: RedisScoreBound = .highest,
        to lowest: RedisScoreBound = .lowest,
        limit: RedisLimit? = nil,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.zrevrangebyscore(key, from: highest, to: lowest, limit: limit, as: type))
    }

    /// Takes the member with the lowest score; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zpopmin(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisScoredMember? {
        try await send(.zpopmin(key))
    }

    /// Takes up to `count` members, the lowest score first.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zpopmin(_ key: some RedisBytesConvertible, count: Int) async throws(RedisError) -> [RedisScoredMember] {
        try await send(.zpopmin(key, count: count))
    }

    /// Takes the member with the highest score; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zpopmax(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisScoredMember? {
        try await send(.zpopmax(key))
    }

    /// Takes up to `count` members, the highest score first.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zpopmax(_ key: some RedisBytesConvertible, count: Int) async throws(RedisError) -> [RedisScoredMember] {
        try await send(.zpopmax(key, count: count))
    }

    /// Removes the members at the positions from `start` to `stop`, which is included, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zremrangebyrank(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) async throws(RedisError) -> Int {
        try await send(.zremrangebyrank(key, start, stop))
    }

    /// Removes the members with a score in a range, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zremrangebyscore(
        _ key: some RedisBytesConvertible,
        from lowest: RedisScoreBound = .lowest,
        to highest: RedisScoreBound = .highest
    ) async throws(RedisError) -> Int {
        try await send(.zremrangebyscore(key, from: lowest, to: highest))
    }

    /// Makes `destination` the set of the members that any of the sets has, and returns how many these are. The scores
    /// of a member are added unless `aggregate` says otherwise.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zunionstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible],
        aggregate: RedisScoreAggregate? = nil
    ) async throws(RedisError) -> Int {
        try await send(.zunionstore(destination, keys, aggregate: aggregate))
    }

    /// Makes `destination` the set of the members that all sets have, and returns how many these are. The scores of a
    /// member are added unless `aggregate` says otherwise.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func zinterstore(
        _ destination: some RedisBytesConvertible,
        _ keys: [some RedisBytesConvertible],
        aggregate: RedisScoreAggregate? = nil
    ) async throws(RedisError) -> Int {
        try await send(.zinterstore(destination, keys, aggregate: aggregate))
    }

    /// One page of the members; `zscan(_:match:count:)` of a client reads all pages.
    ///
    /// - Throws: What `send` throws.
    public func zscan(
        _ key: some RedisBytesConvertible,
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) async throws(RedisError) -> RedisScanPage<RedisScoredMember> {
        try await send(.zscan(key, from: cursor, match: pattern, count: count))
    }
}
