// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Int {
    /// Puts elements before the first, one after the other, and returns the list's length. (LPUSH)
    public static func lpush<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("LPUSH", key, repeat each elements)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements before the first, one after the other, and returns the list's length. (LPUSH)
    public static func lpush(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("LPUSH", count: 2 + elements.count) { writer in
            key.write(to: &writer)
            for argument in elements { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements behind the last, one after the other, and returns the list's length. (RPUSH)
    public static func rpush<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("RPUSH", key, repeat each elements)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements behind the last, one after the other, and returns the list's length. (RPUSH)
    public static func rpush(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("RPUSH", count: 2 + elements.count) { writer in
            key.write(to: &writer)
            for argument in elements { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements before the first if the list exists, and returns the list's length. (LPUSHX)
    public static func lpushx<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("LPUSHX", key, repeat each elements)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements before the first if the list exists, and returns the list's length. (LPUSHX)
    public static func lpushx(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("LPUSHX", count: 2 + elements.count) { writer in
            key.write(to: &writer)
            for argument in elements { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements behind the last if the list exists, and returns the list's length. (RPUSHX)
    public static func rpushx<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("RPUSHX", key, repeat each elements)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Puts elements behind the last if the list exists, and returns the list's length. (RPUSHX)
    public static func rpushx(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("RPUSHX", count: 2 + elements.count) { writer in
            key.write(to: &writer)
            for argument in elements { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// The length of a list; 0 for a missing key. (LLEN)
    public static func llen(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("LLEN", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes up to `count` elements that are equal to `element`, from the end for a negative count, all for 0.
    /// Returns how many there were. (LREM)
    public static func lrem(
        _ key: some RedisBytesConvertible,
        _ count: Int,
        _ element: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("LREM", key, count, element)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == RedisBytes? {
    /// Takes the first element; `nil` for a missing key. (LPOP)
    public static func lpop(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("LPOP", key))
    }

    /// Takes the last element; `nil` for a missing key. (RPOP)
    public static func rpop(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("RPOP", key))
    }

    /// The element at a position; `nil` where there is none. Negative positions count from the end. (LINDEX)
    public static func lindex(_ key: some RedisBytesConvertible, _ index: Int) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("LINDEX", key, index))
    }

    /// Takes an element from one list and puts it into another, or into the same one. Returns it; `nil` for a missing
    /// source. Since Redis 6.2. (LMOVE)
    public static func lmove(
        _ source: some RedisBytesConvertible,
        _ destination: some RedisBytesConvertible,
        from: RedisListSide,
        to: RedisListSide
    ) -> RedisRequest<RedisBytes?> {
        let command = RedisCommand("LMOVE", count: 3 + from.argumentCount + to.argumentCount) { writer in
            source.write(to: &writer)
            destination.write(to: &writer)
            from.append(to: &writer)
            to.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [RedisBytes] {
    /// Takes up to `count` elements from the beginning. Since Redis 6.2. (LPOP)
    public static func lpop(_ key: some RedisBytesConvertible, count: Int) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("LPOP", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// Takes up to `count` elements from the end, the last one first. Since Redis 6.2. (RPOP)
    public static func rpop(_ key: some RedisBytesConvertible, count: Int) -> RedisRequest<[RedisBytes]> {
        let command = RedisCommand("RPOP", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// The elements from `start` to `stop`, which is included. Negative positions count from the end. (LRANGE)
    public static func lrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("LRANGE", key, start, stop))
    }
}

extension RedisRequest where Reply == Void {
    /// Replaces the element at a position. A position where there is none is an error of the server. (LSET)
    public static func lset(
        _ key: some RedisBytesConvertible,
        _ index: Int,
        _ element: some RedisBytesConvertible
    ) -> RedisRequest<Void> {
        let command = RedisCommand("LSET", key, index, element)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Removes all elements but those from `start` to `stop`, which is included. (LTRIM)
    public static func ltrim(_ key: some RedisBytesConvertible, _ start: Int, _ stop: Int) -> RedisRequest<Void> {
        let command = RedisCommand("LTRIM", key, start, stop)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisRequest where Reply == Int? {
    /// Puts an element beside the first one that is equal to `pivot`, and returns the list's length: 0 for a missing
    /// key, `nil` when there is no pivot. (LINSERT)
    public static func linsert(
        _ key: some RedisBytesConvertible,
        _ position: RedisListPosition,
        _ pivot: some RedisBytesConvertible,
        _ element: some RedisBytesConvertible
    ) -> RedisRequest<Int?> {
        let command = RedisCommand("LINSERT", count: 4 + position.argumentCount) { writer in
            key.write(to: &writer)
            position.append(to: &writer)
            pivot.write(to: &writer)
            element.write(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(Replies.insertedLength(reply))
        }
    }

    /// The position of an element. `rank` 2 finds the second match, a negative one counts from the end; at most
    /// `maximumLength` elements are compared. Since Redis 6.0.6. (LPOS)
    public static func lpos(
        _ key: some RedisBytesConvertible,
        _ element: some RedisBytesConvertible,
        rank: Int? = nil,
        maximumLength: Int? = nil
    ) -> RedisRequest<Int?> {
        let argumentCount = 3 + (rank == nil ? 0 : 2) + (maximumLength == nil ? 0 : 2)
        let command = RedisCommand("LPOS", count: argumentCount) { writer in
            key.write(to: &writer)
            element.write(to: &writer)
            if let rank {
                writer.append("RANK")
                rank.write(to: &writer)
            }
            if let maximumLength {
                writer.append("MAXLEN")
                maximumLength.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [Int] {
    /// The positions of up to `count` elements that match, or of all for 0. Since Redis 6.0.6. (LPOS)
    public static func lpos(
        _ key: some RedisBytesConvertible,
        _ element: some RedisBytesConvertible,
        count: Int,
        rank: Int? = nil,
        maximumLength: Int? = nil
    ) -> RedisRequest<[Int]> {
        let argumentCount = 5 + (rank == nil ? 0 : 2) + (maximumLength == nil ? 0 : 2)
        let command = RedisCommand("LPOS", count: argumentCount) { writer in
            key.write(to: &writer)
            element.write(to: &writer)
            if let rank {
                writer.append("RANK")
                rank.write(to: &writer)
            }
            writer.append("COUNT")
            count.write(to: &writer)
            if let maximumLength {
                writer.append("MAXLEN")
                maximumLength.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == RedisPoppedElements? {
    /// Takes one or up to `count` elements from the first list that is not empty; `nil` when all are. Since Redis 7.0.
    /// (LMPOP)
    public static func lmpop(
        _ keys: [some RedisBytesConvertible],
        _ side: RedisListSide,
        count: Int? = nil
    ) -> RedisRequest<RedisPoppedElements?> {
        let argumentCount = 2 + keys.count + side.argumentCount + (count == nil ? 0 : 2)
        let command = RedisCommand("LMPOP", count: argumentCount) { writer in
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            side.append(to: &writer)
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest {
    /// Takes the first element; `nil` for a missing key. In the type that the caller names. (LPOP)
    public static func lpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("LPOP", key))
    }

    /// Takes up to `count` elements from the beginning. In the type that the caller names. Since Redis 6.2. (LPOP)
    public static func lpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("LPOP", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// Takes the last element; `nil` for a missing key. In the type that the caller names. (RPOP)
    public static func rpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("RPOP", key))
    }

    /// Takes up to `count` elements from the end, the last one first. In the type that the caller names. Since Redis
    /// 6.2. (RPOP)
    public static func rpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        let command = RedisCommand("RPOP", key, count)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.list(reply)) }
    }

    /// The elements from `start` to `stop`, which is included. Negative positions count from the end. In the type that
    /// the caller names. (LRANGE)
    public static func lrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int,
        as type: Value.Type
    ) -> RedisRequest<[Value]> where Reply == [Value] {
        RedisRequest(RedisCommand("LRANGE", key, start, stop))
    }

    /// The element at a position; `nil` where there is none. Negative positions count from the end. In the type that
    /// the caller names. (LINDEX)
    public static func lindex<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ index: Int,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        RedisRequest(RedisCommand("LINDEX", key, index))
    }

    /// Takes an element from one list and puts it into another, or into the same one. Returns it; `nil` for a missing
    /// source. In the type that the caller names. Since Redis 6.2. (LMOVE)
    public static func lmove<Value: RedisReply>(
        _ source: some RedisBytesConvertible,
        _ destination: some RedisBytesConvertible,
        from: RedisListSide,
        to: RedisListSide,
        as type: Value.Type
    ) -> RedisRequest<Value?> where Reply == Value? {
        let command = RedisCommand("LMOVE", count: 3 + from.argumentCount + to.argumentCount) { writer in
            source.write(to: &writer)
            destination.write(to: &writer)
            from.append(to: &writer)
            to.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// Puts elements before the first, one after the other, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpush<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.lpush(key, repeat each elements))
    }

    /// Puts elements before the first, one after the other, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpush(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.lpush(key, elements))
    }

    /// Puts elements behind the last, one after the other, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpush<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.rpush(key, repeat each elements))
    }

    /// Puts elements behind the last, one after the other, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpush(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.rpush(key, elements))
    }

    /// Puts elements before the first if the list exists, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpushx<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.lpushx(key, repeat each elements))
    }

    /// Puts elements before the first if the list exists, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpushx(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.lpushx(key, elements))
    }

    /// Puts elements behind the last if the list exists, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpushx<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.rpushx(key, repeat each elements))
    }

    /// Puts elements behind the last if the list exists, and returns the list's length.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpushx(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Int {
        try await send(.rpushx(key, elements))
    }

    /// Takes the first element; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpop(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.lpop(key))
    }

    /// Takes the first element; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.lpop(key, as: type))
    }

    /// Takes up to `count` elements from the beginning. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpop(_ key: some RedisBytesConvertible, count: Int) async throws(RedisError) -> [RedisBytes] {
        try await send(.lpop(key, count: count))
    }

    /// Takes up to `count` elements from the beginning. In the type that the caller names. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.lpop(key, count: count, as: type))
    }

    /// Takes the last element; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpop(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.rpop(key))
    }

    /// Takes the last element; `nil` for a missing key. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.rpop(key, as: type))
    }

    /// Takes up to `count` elements from the end, the last one first. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpop(_ key: some RedisBytesConvertible, count: Int) async throws(RedisError) -> [RedisBytes] {
        try await send(.rpop(key, count: count))
    }

    /// Takes up to `count` elements from the end, the last one first. In the type that the caller names. Since Redis
    /// 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func rpop<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        count: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.rpop(key, count: count, as: type))
    }

    /// The length of a list; 0 for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func llen(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.llen(key))
    }

    /// The elements from `start` to `stop`, which is included. Negative positions count from the end.
    ///
    /// - Throws: What `send` throws.
    public func lrange(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int
    ) async throws(RedisError) -> [RedisBytes] {
        try await send(.lrange(key, start, stop))
    }

    /// The elements from `start` to `stop`, which is included. Negative positions count from the end. In the type that
    /// the caller names.
    ///
    /// - Throws: What `send` throws.
    public func lrange<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ start: Int,
        _ stop: Int,
        as type: Value.Type
    ) async throws(RedisError) -> [Value] {
        try await send(.lrange(key, start, stop, as: type))
    }

    /// The element at a position; `nil` where there is none. Negative positions count from the end.
    ///
    /// - Throws: What `send` throws.
    public func lindex(_ key: some RedisBytesConvertible, _ index: Int) async throws(RedisError) -> RedisBytes? {
        try await send(.lindex(key, index))
    }

    /// The element at a position; `nil` where there is none. Negative positions count from the end. In the type that
    /// the caller names.
    ///
    /// - Throws: What `send` throws.
    public func lindex<Value: RedisReply>(
        _ key: some RedisBytesConvertible,
        _ index: Int,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.lindex(key, index, as: type))
    }

    /// Replaces the element at a position. A position where there is none is an error of the server.
    ///
    /// - Throws: What `send` throws.
    public func lset(
        _ key: some RedisBytesConvertible,
        _ index: Int,
        _ element: some RedisBytesConvertible
    ) async throws(RedisError) {
        try await send(.lset(key, index, element))
    }

    /// Removes up to `count` elements that are equal to `element`, from the end for a negative count, all for 0.
    /// Returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lrem(
        _ key: some RedisBytesConvertible,
        _ count: Int,
        _ element: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.lrem(key, count, element))
    }

    /// Removes all elements but those from `start` to `stop`, which is included.
    ///
    /// - Throws: What `send` throws.
    public func ltrim(_ key: some RedisBytesConvertible, _ start: Int, _ stop: Int) async throws(RedisError) {
        try await send(.ltrim(key, start, stop))
    }

    /// Puts an element beside the first one that is equal to `pivot`, and returns the list's length: 0 for a missing
    /// key, `nil` when there is no pivot.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func linsert(
        _ key: some RedisBytesConvertible,
        _ position: RedisListPosition,
        _ pivot: some RedisBytesConvertible,
        _ element: some RedisBytesConvertible
    ) async throws(RedisError) -> Int? {
        try await send(.linsert(key, position, pivot, element))
    }

    /// The position of an element. `rank` 2 finds the second match, a negative one counts from the end; at most
    /// `maximumLength` elements are compared. Since Redis 6.0.6.
    ///
    /// - Throws: What `send` throws.
    public func lpos(
        _ key: some RedisBytesConvertible,
        _ element: some RedisBytesConvertible,
        rank: Int? = nil,
        maximumLength: Int? = nil
    ) async throws(RedisError) -> Int? {
        try await send(.lpos(key, element, rank: rank, maximumLength: maximumLength))
    }

    /// The positions of up to `count` elements that match, or of all for 0. Since Redis 6.0.6.
    ///
    /// - Throws: What `send` throws.
    public func lpos(
        _ key: some RedisBytesConvertible,
        _ element: some RedisBytesConvertible,
        count: Int,
        rank: Int? = nil,
        maximumLength: Int? = nil
    ) async throws(RedisError) -> [Int] {
        try await send(.lpos(key, element, count: count, rank: rank, maximumLength: maximumLength))
    }

    /// Takes an element from one list and puts it into another, or into the same one. Returns it; `nil` for a missing
    /// source. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lmove(
        _ source: some RedisBytesConvertible,
        _ destination: some RedisBytesConvertible,
        from: RedisListSide,
        to: RedisListSide
    ) async throws(RedisError) -> RedisBytes? {
        try await send(.lmove(source, destination, from: from, to: to))
    }

    /// Takes an element from one list and puts it into another, or into the same one. Returns it; `nil` for a missing
    /// source. In the type that the caller names. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lmove<Value: RedisReply>(
        _ source: some RedisBytesConvertible,
        _ destination: some RedisBytesConvertible,
        from: RedisListSide,
        to: RedisListSide,
        as type: Value.Type
    ) async throws(RedisError) -> Value? {
        try await send(.lmove(source, destination, from: from, to: to, as: type))
    }

    /// Takes one or up to `count` elements from the first list that is not empty; `nil` when all are. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func lmpop(
        _ keys: [some RedisBytesConvertible],
        _ side: RedisListSide,
        count: Int? = nil
    ) async throws(RedisError) -> RedisPoppedElements? {
        try await send(.lmpop(keys, side, count: count))
    }
}
