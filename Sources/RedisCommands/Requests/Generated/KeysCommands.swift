// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Int {
    /// Removes keys, and returns how many there were. (DEL)
    public static func del<each Argument: RedisBytesConvertible>(_ keys: repeat each Argument) -> RedisRequest<Int> {
        let command = RedisCommand("DEL", repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes keys, and returns how many there were. (DEL)
    public static func del(_ keys: [some RedisBytesConvertible]) -> RedisRequest<Int> {
        let command = RedisCommand("DEL", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes keys, whose memory the server frees in the background, and returns how many there were. (UNLINK)
    public static func unlink<each Argument: RedisBytesConvertible>(_ keys: repeat each Argument) -> RedisRequest<Int> {
        let command = RedisCommand("UNLINK", repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes keys, whose memory the server frees in the background, and returns how many there were. (UNLINK)
    public static func unlink(_ keys: [some RedisBytesConvertible]) -> RedisRequest<Int> {
        let command = RedisCommand("UNLINK", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many of the keys exist. A key that is named twice counts twice. (EXISTS)
    public static func exists<each Argument: RedisBytesConvertible>(_ keys: repeat each Argument) -> RedisRequest<Int> {
        let command = RedisCommand("EXISTS", repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many of the keys exist. A key that is named twice counts twice. (EXISTS)
    public static func exists(_ keys: [some RedisBytesConvertible]) -> RedisRequest<Int> {
        let command = RedisCommand("EXISTS", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Marks keys as used just now, and returns how many there are. (TOUCH)
    public static func touch<each Argument: RedisBytesConvertible>(_ keys: repeat each Argument) -> RedisRequest<Int> {
        let command = RedisCommand("TOUCH", repeat each keys)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Marks keys as used just now, and returns how many there are. (TOUCH)
    public static func touch(_ keys: [some RedisBytesConvertible]) -> RedisRequest<Int> {
        let command = RedisCommand("TOUCH", count: 1 + keys.count) { writer in
            for argument in keys { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == RedisKeyType {
    /// The type of a key's value. (TYPE)
    public static func type(_ key: some RedisBytesConvertible) -> RedisRequest<RedisKeyType> {
        RedisRequest(RedisCommand("TYPE", key))
    }
}

extension RedisRequest where Reply == Void {
    /// Renames a key, which replaces another of that name. A missing key is an error of the server. (RENAME)
    public static func rename(
        _ key: some RedisBytesConvertible,
        _ newKey: some RedisBytesConvertible
    ) -> RedisRequest<Void> {
        let command = RedisCommand("RENAME", key, newKey)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Makes a key from what `dump` returned. It does not expire when the duration is zero. A key that exists and is
    /// not to be replaced is an error of the server. (RESTORE)
    public static func restore(
        _ key: some RedisBytesConvertible,
        _ dump: some RedisBytesConvertible,
        expiringAfter duration: Duration = .zero,
        replacing: Bool = false
    ) -> RedisRequest<Void> {
        let command = RedisCommand("RESTORE", count: 4 + (replacing ? 1 : 0)) { writer in
            key.write(to: &writer)
            Milliseconds(duration).write(to: &writer)
            dump.write(to: &writer)
            if replacing { writer.append("REPLACE") }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisRequest where Reply == Bool {
    /// Renames a key if there is none of the new name, and returns whether it did. (RENAMENX)
    public static func renamenx(
        _ key: some RedisBytesConvertible,
        _ newKey: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("RENAMENX", key, newKey))
    }

    /// Copies a key, and returns whether it did: not when the source is missing, or when the destination exists and is
    /// not to be replaced. Since Redis 6.2. (COPY)
    public static func copy(
        _ source: some RedisBytesConvertible,
        to destination: some RedisBytesConvertible,
        replacing: Bool = false
    ) -> RedisRequest<Bool> {
        let command = RedisCommand("COPY", count: 3 + (replacing ? 1 : 0)) { writer in
            source.write(to: &writer)
            destination.write(to: &writer)
            if replacing { writer.append("REPLACE") }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == RedisBytes? {
    /// Any key; `nil` when there is none. (RANDOMKEY)
    public static func randomkey() -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("RANDOMKEY"))
    }

    /// The value of a key in the server's own form, for `restore`; `nil` for a missing key. (DUMP)
    public static func dump(_ key: some RedisBytesConvertible) -> RedisRequest<RedisBytes?> {
        RedisRequest(RedisCommand("DUMP", key))
    }
}

extension RedisRequest where Reply == [RedisBytes] {
    /// All keys that match a pattern. It blocks the server while it looks at every key; `scan` does not. (KEYS)
    public static func keys(_ pattern: some RedisBytesConvertible) -> RedisRequest<[RedisBytes]> {
        RedisRequest(RedisCommand("KEYS", pattern))
    }
}

extension RedisRequest where Reply == RedisScanPage<RedisBytes> {
    /// One page of the keys; `scan(match:count:type:)` of a client reads all pages. `type` needs Redis 6.0. (SCAN)
    public static func scan(
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil,
        type: RedisKeyType? = nil
    ) -> RedisRequest<RedisScanPage<RedisBytes>> {
        let argumentCount =
            2
            + (pattern == nil ? 0 : 2)
            + (count == nil ? 0 : 2)
            + (type.map { $0.argumentCount + 1 } ?? 0)
        let command = RedisCommand("SCAN", count: argumentCount) { writer in
            cursor.write(to: &writer)
            if let pattern {
                writer.append("MATCH")
                pattern.write(to: &writer)
            }
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
            if let type {
                writer.append("TYPE")
                type.append(to: &writer)
            }
        }
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisScanPage<RedisBytes>.read(reply))
        }
    }
}

extension RedisCommandSender {
    /// Removes keys, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func del<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.del(repeat each keys))
    }

    /// Removes keys, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func del(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> Int {
        try await send(.del(keys))
    }

    /// Removes keys, whose memory the server frees in the background, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func unlink<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.unlink(repeat each keys))
    }

    /// Removes keys, whose memory the server frees in the background, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func unlink(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> Int {
        try await send(.unlink(keys))
    }

    /// How many of the keys exist. A key that is named twice counts twice.
    ///
    /// - Throws: What `send` throws.
    public func exists<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.exists(repeat each keys))
    }

    /// How many of the keys exist. A key that is named twice counts twice.
    ///
    /// - Throws: What `send` throws.
    public func exists(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> Int {
        try await send(.exists(keys))
    }

    /// The type of a key's value.
    ///
    /// - Throws: What `send` throws.
    public func type(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisKeyType {
        try await send(.type(key))
    }

    /// Renames a key, which replaces another of that name. A missing key is an error of the server.
    ///
    /// - Throws: What `send` throws.
    public func rename(
        _ key: some RedisBytesConvertible,
        _ newKey: some RedisBytesConvertible
    ) async throws(RedisError) {
        try await send(.rename(key, newKey))
    }

    /// Renames a key if there is none of the new name, and returns whether it did.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func renamenx(
        _ key: some RedisBytesConvertible,
        _ newKey: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.renamenx(key, newKey))
    }

    /// Copies a key, and returns whether it did: not when the source is missing, or when the destination exists and is
    /// not to be replaced. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func copy(
        _ source: some RedisBytesConvertible,
        to destination: some RedisBytesConvertible,
        replacing: Bool = false
    ) async throws(RedisError) -> Bool {
        try await send(.copy(source, to: destination, replacing: replacing))
    }

    /// Marks keys as used just now, and returns how many there are.
    ///
    /// - Throws: What `send` throws.
    public func touch<each Argument: RedisBytesConvertible>(
        _ keys: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.touch(repeat each keys))
    }

    /// Marks keys as used just now, and returns how many there are.
    ///
    /// - Throws: What `send` throws.
    public func touch(_ keys: [some RedisBytesConvertible]) async throws(RedisError) -> Int {
        try await send(.touch(keys))
    }

    /// Any key; `nil` when there is none.
    ///
    /// - Throws: What `send` throws.
    public func randomkey() async throws(RedisError) -> RedisBytes? {
        try await send(.randomkey())
    }

    /// All keys that match a pattern. It blocks the server while it looks at every key; `scan` does not.
    ///
    /// - Throws: What `send` throws.
    public func keys(_ pattern: some RedisBytesConvertible) async throws(RedisError) -> [RedisBytes] {
        try await send(.keys(pattern))
    }

    /// The value of a key in the server's own form, for `restore`; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func dump(_ key: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes? {
        try await send(.dump(key))
    }

    /// Makes a key from what `dump` returned. It does not expire when the duration is zero. A key that exists and is
    /// not to be replaced is an error of the server.
    ///
    /// - Throws: What `send` throws.
    public func restore(
        _ key: some RedisBytesConvertible,
        _ dump: some RedisBytesConvertible,
        expiringAfter duration: Duration = .zero,
        replacing: Bool = false
    ) async throws(RedisError) {
        try await send(.restore(key, dump, expiringAfter: duration, replacing: replacing))
    }

    /// One page of the keys; `scan(match:count:type:)` of a client reads all pages. `type` needs Redis 6.0.
    ///
    /// - Throws: What `send` throws.
    public func scan(
        from cursor: UInt64,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil,
        type: RedisKeyType? = nil
    ) async throws(RedisError) -> RedisScanPage<RedisBytes> {
        try await send(.scan(from: cursor, match: pattern, count: count, type: type))
    }
}
