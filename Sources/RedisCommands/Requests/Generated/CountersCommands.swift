// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Int {
    /// Adds one to a number, and returns the sum. A missing key counts as 0. (INCR)
    public static func incr(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        RedisRequest(RedisCommand("INCR", key))
    }

    /// Adds to a number, and returns the sum. A missing key counts as 0. (INCRBY)
    public static func incrby(_ key: some RedisBytesConvertible, _ increment: Int) -> RedisRequest<Int> {
        RedisRequest(RedisCommand("INCRBY", key, increment))
    }

    /// Subtracts one from a number, and returns the difference. A missing key counts as 0. (DECR)
    public static func decr(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        RedisRequest(RedisCommand("DECR", key))
    }

    /// Subtracts from a number, and returns the difference. A missing key counts as 0. (DECRBY)
    public static func decrby(_ key: some RedisBytesConvertible, _ decrement: Int) -> RedisRequest<Int> {
        RedisRequest(RedisCommand("DECRBY", key, decrement))
    }

    /// About how many different elements were counted in the HyperLogLogs together. (PFCOUNT)
    public static func pfcount<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("PFCOUNT", repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// About how many different elements were counted in the HyperLogLogs together. (PFCOUNT)
    public static func pfcount(_ keys: [some RedisBytesConvertible]) -> RedisRequest<Int> {
        let command = RedisCommand("PFCOUNT", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == Double {
    /// Adds to a number, and returns the sum. A missing key counts as 0. (INCRBYFLOAT)
    public static func incrbyfloat(_ key: some RedisBytesConvertible, _ increment: Double) -> RedisRequest<Double> {
        RedisRequest(RedisCommand("INCRBYFLOAT", key, increment))
    }
}

extension RedisRequest where Reply == Bool {
    /// Counts elements in a HyperLogLog, and returns whether its estimate may have changed. (PFADD)
    public static func pfadd<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("PFADD", key, repeat each elements))
    }

    /// Counts elements in a HyperLogLog, and returns whether its estimate may have changed. (PFADD)
    public static func pfadd(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) -> RedisRequest<Bool> {
        let command = RedisCommand("PFADD", count: 2 + elements.count) { writer in
            key.write(to: &writer)
            for argument in elements { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Void {
    /// Counts in `destination` what was counted in the HyperLogLogs. (PFMERGE)
    public static func pfmerge<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ sources: repeat each Argument
    ) -> RedisRequest<Void> {
        let command = RedisCommand("PFMERGE", destination, repeat each sources)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Counts in `destination` what was counted in the HyperLogLogs. (PFMERGE)
    public static func pfmerge(
        _ destination: some RedisBytesConvertible,
        _ sources: [some RedisBytesConvertible]
    ) -> RedisRequest<Void> {
        let command = RedisCommand("PFMERGE", count: 2 + sources.count) { writer in
            destination.write(to: &writer)
            for argument in sources { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisCommandSender {
    /// Adds one to a number, and returns the sum. A missing key counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func incr(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.incr(key))
    }

    /// Adds to a number, and returns the sum. A missing key counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func incrby(_ key: some RedisBytesConvertible, _ increment: Int) async throws(RedisError) -> Int {
        try await send(.incrby(key, increment))
    }

    /// Adds to a number, and returns the sum. A missing key counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func incrbyfloat(_ key: some RedisBytesConvertible, _ increment: Double) async throws(RedisError) -> Double {
        try await send(.incrbyfloat(key, increment))
    }

    /// Subtracts one from a number, and returns the difference. A missing key counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func decr(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.decr(key))
    }

    /// Subtracts from a number, and returns the difference. A missing key counts as 0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func decrby(_ key: some RedisBytesConvertible, _ decrement: Int) async throws(RedisError) -> Int {
        try await send(.decrby(key, decrement))
    }

    /// Counts elements in a HyperLogLog, and returns whether its estimate may have changed.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func pfadd<each Argument: RedisBytesConvertible>(
        _ key: some RedisBytesConvertible,
        _ elements: repeat each Argument
    ) async throws(RedisError) -> Bool {
        try await send(.pfadd(key, repeat each elements))
    }

    /// Counts elements in a HyperLogLog, and returns whether its estimate may have changed.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func pfadd(
        _ key: some RedisBytesConvertible,
        _ elements: [some RedisBytesConvertible]
    ) async throws(RedisError) -> Bool {
        try await send(.pfadd(key, elements))
    }

    /// About how many different elements were counted in the HyperLogLogs together.
    ///
    /// - Throws: What `send` throws.
    public func pfcount<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.pfcount(repeat each keys))
    }

    /// About how many different elements were counted in the HyperLogLogs together.
    ///
    /// - Throws: What `send` throws.
    public func pfcount(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> Int {
        try await send(.pfcount(keys))
    }

    /// Counts in `destination` what was counted in the HyperLogLogs.
    ///
    /// - Throws: What `send` throws.
    public func pfmerge<each Argument: RedisBytesConvertible>(
        _ destination: some RedisBytesConvertible,
        _ sources: repeat each Argument
    ) async throws(RedisError) {
        try await send(.pfmerge(destination, repeat each sources))
    }

    /// Counts in `destination` what was counted in the HyperLogLogs.
    ///
    /// - Throws: What `send` throws.
    public func pfmerge(
        _ destination: some RedisBytesConvertible,
        _ sources: [some RedisBytesConvertible]
    ) async throws(RedisError) {
        try await send(.pfmerge(destination, sources))
    }
}
