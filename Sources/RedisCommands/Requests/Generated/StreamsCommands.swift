// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == RedisStreamID {
    /// Appends an entry, and returns its id. (XADD)
    public static func xadd(
        _ key: some RedisBytesConvertible,
        _ fields: RedisPairs,
        id: RedisEntryID = .next,
        trim: RedisStreamTrim? = nil
    ) -> RedisRequest<RedisStreamID> {
        let argumentCount = 2 + trim.argumentCount + id.argumentCount + fields.argumentCount
        let command = RedisCommand("XADD", count: argumentCount) { writer in
            key.write(to: &writer)
            trim.append(to: &writer)
            id.append(to: &writer)
            fields.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == RedisStreamID? {
    /// Appends an entry if the stream exists, and returns its id; `nil` for a missing key. Since Redis 6.2. (XADD)
    public static func xadd(
        toExisting key: some RedisBytesConvertible,
        _ fields: RedisPairs,
        id: RedisEntryID = .next,
        trim: RedisStreamTrim? = nil
    ) -> RedisRequest<RedisStreamID?> {
        let argumentCount = 3 + trim.argumentCount + id.argumentCount + fields.argumentCount
        let command = RedisCommand("XADD", count: argumentCount) { writer in
            key.write(to: &writer)
            writer.append("NOMKSTREAM")
            trim.append(to: &writer)
            id.append(to: &writer)
            fields.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Int {
    /// How many entries there are; 0 for a missing key. (XLEN)
    public static func xlen(_ key: some RedisBytesConvertible) -> RedisRequest<Int> {
        let command = RedisCommand("XLEN", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes entries, and returns how many there were. (XDEL)
    public static func xdel(_ key: some RedisBytesConvertible, _ ids: RedisStreamID...) -> RedisRequest<Int> {
        let command = RedisCommand("XDEL", count: 2 + ids.count) { writer in
            key.write(to: &writer)
            for argument in ids { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes entries, and returns how many there were. (XDEL)
    public static func xdel(_ key: some RedisBytesConvertible, _ ids: [RedisStreamID]) -> RedisRequest<Int> {
        let command = RedisCommand("XDEL", count: 2 + ids.count) { writer in
            key.write(to: &writer)
            for argument in ids { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes the oldest entries, and returns how many. (XTRIM)
    public static func xtrim(_ key: some RedisBytesConvertible, _ trim: RedisStreamTrim) -> RedisRequest<Int> {
        let command = RedisCommand("XTRIM", count: 2 + trim.argumentCount) { writer in
            key.write(to: &writer)
            trim.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Removes a consumer with its pending entries, and returns how many these were. (XGROUP DELCONSUMER)
    public static func xgroupDelConsumer(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("XGROUP", "DELCONSUMER", key, group, consumer)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Acknowledges entries, and returns how many of them were pending. (XACK)
    public static func xack(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ ids: RedisStreamID...
    ) -> RedisRequest<Int> {
        let command = RedisCommand("XACK", count: 3 + ids.count) { writer in
            key.write(to: &writer)
            group.write(to: &writer)
            for argument in ids { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Acknowledges entries, and returns how many of them were pending. (XACK)
    public static func xack(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ ids: [RedisStreamID]
    ) -> RedisRequest<Int> {
        let command = RedisCommand("XACK", count: 3 + ids.count) { writer in
            key.write(to: &writer)
            group.write(to: &writer)
            for argument in ids { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == [RedisStreamEntry] {
    /// Entries with ids in a range, the oldest first. (XRANGE)
    public static func xrange(
        _ key: some RedisBytesConvertible,
        from start: RedisStreamBound = .first,
        to end: RedisStreamBound = .last,
        count: Int? = nil
    ) -> RedisRequest<[RedisStreamEntry]> {
        let argumentCount = 2 + start.argumentCount + end.argumentCount + (count == nil ? 0 : 2)
        let command = RedisCommand("XRANGE", count: argumentCount) { writer in
            key.write(to: &writer)
            start.append(to: &writer)
            end.append(to: &writer)
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisStreamEntry.list(reply)) }
    }

    /// Entries with ids in a range, the newest first. (XREVRANGE)
    public static func xrevrange(
        _ key: some RedisBytesConvertible,
        from end: RedisStreamBound = .last,
        to start: RedisStreamBound = .first,
        count: Int? = nil
    ) -> RedisRequest<[RedisStreamEntry]> {
        let argumentCount = 2 + end.argumentCount + start.argumentCount + (count == nil ? 0 : 2)
        let command = RedisCommand("XREVRANGE", count: argumentCount) { writer in
            key.write(to: &writer)
            end.append(to: &writer)
            start.append(to: &writer)
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisStreamEntry.list(reply)) }
    }

    /// Gives pending entries that were delivered at least `idle` ago to another consumer, and returns them. (XCLAIM)
    public static func xclaim(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        idle: Duration,
        _ ids: RedisStreamID...
    ) -> RedisRequest<[RedisStreamEntry]> {
        let command = RedisCommand("XCLAIM", count: 5 + ids.count) { writer in
            key.write(to: &writer)
            group.write(to: &writer)
            consumer.write(to: &writer)
            Milliseconds(idle).write(to: &writer)
            for argument in ids { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisStreamEntry.list(reply)) }
    }

    /// Gives pending entries that were delivered at least `idle` ago to another consumer, and returns them. (XCLAIM)
    public static func xclaim(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        idle: Duration,
        _ ids: [RedisStreamID]
    ) -> RedisRequest<[RedisStreamEntry]> {
        let command = RedisCommand("XCLAIM", count: 5 + ids.count) { writer in
            key.write(to: &writer)
            group.write(to: &writer)
            consumer.write(to: &writer)
            Milliseconds(idle).write(to: &writer)
            for argument in ids { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisStreamEntry.list(reply)) }
    }
}

extension RedisRequest where Reply == [RedisBytes: [RedisStreamEntry]] {
    /// The entries behind a position of each stream, by stream; streams with none are left out. With `blocking`, the
    /// server waits for them so long, without an end for zero; a client sends it over an exclusive link. (XREAD)
    public static func xread(
        _ streams: RedisStreamPositions,
        count: Int? = nil,
        blocking: Duration? = nil
    ) -> RedisRequest<[RedisBytes: [RedisStreamEntry]]> {
        let argumentCount = 2 + (count == nil ? 0 : 2) + (blocking == nil ? 0 : 2) + streams.argumentCount
        let command = RedisCommand("XREAD", count: argumentCount) { writer in
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
            if let blocking {
                writer.append("BLOCK")
                Milliseconds(blocking).write(to: &writer)
            }
            writer.append("STREAMS")
            streams.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisStreamEntry.byStream(reply))
        }
    }

    /// Entries for a consumer of a group, by stream: those that nobody got, or its own pending ones. `acknowledging`
    /// counts them as acknowledged at once. `blocking` is that of `xread`. (XREADGROUP GROUP)
    public static func xreadgroup(
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        _ streams: RedisStreamPositions,
        count: Int? = nil,
        blocking: Duration? = nil,
        acknowledging: Bool = false
    ) -> RedisRequest<[RedisBytes: [RedisStreamEntry]]> {
        let argumentCount =
            5
            + (count == nil ? 0 : 2)
            + (blocking == nil ? 0 : 2)
            + (acknowledging ? 1 : 0)
            + streams.argumentCount
        let command = RedisCommand("XREADGROUP", count: argumentCount) { writer in
            writer.append("GROUP")
            group.write(to: &writer)
            consumer.write(to: &writer)
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
            if let blocking {
                writer.append("BLOCK")
                Milliseconds(blocking).write(to: &writer)
            }
            if acknowledging { writer.append("NOACK") }
            writer.append("STREAMS")
            streams.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in
            try command.expecting(RedisStreamEntry.byStream(reply))
        }
    }
}

extension RedisRequest where Reply == Void {
    /// Makes a group that gets the entries behind a position. A group that exists is an error of the server
    /// (BUSYGROUP). (XGROUP CREATE)
    public static func xgroupCreate(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        from position: RedisStreamPosition,
        makingStream: Bool = false
    ) -> RedisRequest<Void> {
        let command = RedisCommand("XGROUP", count: 4 + position.argumentCount + (makingStream ? 1 : 0)) { writer in
            writer.append("CREATE")
            key.write(to: &writer)
            group.write(to: &writer)
            position.append(to: &writer)
            if makingStream { writer.append("MKSTREAM") }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Lets a group get the entries behind another position. (XGROUP SETID)
    public static func xgroupSetID(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        to position: RedisStreamPosition
    ) -> RedisRequest<Void> {
        let command = RedisCommand("XGROUP", count: 4 + position.argumentCount) { writer in
            writer.append("SETID")
            key.write(to: &writer)
            group.write(to: &writer)
            position.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisRequest where Reply == Bool {
    /// Removes a group, and returns whether there was one. (XGROUP DESTROY)
    public static func xgroupDestroy(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("XGROUP", "DESTROY", key, group))
    }

    /// Makes a consumer of a group, and returns whether it is new. Since Redis 6.2. (XGROUP CREATECONSUMER)
    public static func xgroupCreateConsumer(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible
    ) -> RedisRequest<Bool> {
        RedisRequest(RedisCommand("XGROUP", "CREATECONSUMER", key, group, consumer))
    }
}

extension RedisRequest where Reply == RedisPendingSummary {
    /// How many entries of a group are pending, and whose. (XPENDING)
    public static func xpending(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible
    ) -> RedisRequest<RedisPendingSummary> {
        RedisRequest(RedisCommand("XPENDING", key, group))
    }
}

extension RedisRequest where Reply == [RedisPendingEntry] {
    /// Pending entries, of one consumer or of all, that were delivered at least `idle` (Redis 6.2) ago. (XPENDING)
    public static func xpending(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        from start: RedisStreamBound = .first,
        to end: RedisStreamBound = .last,
        count: Int,
        idle: Duration? = nil,
        consumer: (any RedisBytesConvertible)? = nil
    ) -> RedisRequest<[RedisPendingEntry]> {
        let argumentCount =
            4
            + (idle == nil ? 0 : 2)
            + start.argumentCount
            + end.argumentCount
            + (consumer == nil ? 0 : 1)
        let command = RedisCommand("XPENDING", count: argumentCount) { writer in
            key.write(to: &writer)
            group.write(to: &writer)
            if let idle {
                writer.append("IDLE")
                Milliseconds(idle).write(to: &writer)
            }
            start.append(to: &writer)
            end.append(to: &writer)
            count.write(to: &writer)
            if let consumer {
                consumer.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == RedisClaimedEntries {
    /// Finds pending entries that were delivered at least `idle` ago, gives them to another consumer, and returns them.
    /// Since Redis 6.2. (XAUTOCLAIM)
    public static func xautoclaim(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        idle: Duration,
        from start: RedisStreamID = .zero,
        count: Int? = nil
    ) -> RedisRequest<RedisClaimedEntries> {
        let command = RedisCommand("XAUTOCLAIM", count: 6 + (count == nil ? 0 : 2)) { writer in
            key.write(to: &writer)
            group.write(to: &writer)
            consumer.write(to: &writer)
            Milliseconds(idle).write(to: &writer)
            start.write(to: &writer)
            if let count {
                writer.append("COUNT")
                count.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// Appends an entry, and returns its id.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xadd(
        _ key: some RedisBytesConvertible,
        _ fields: RedisPairs,
        id: RedisEntryID = .next,
        trim: RedisStreamTrim? = nil
    ) async throws(RedisError) -> RedisStreamID {
        try await send(.xadd(key, fields, id: id, trim: trim))
    }

    /// Appends an entry if the stream exists, and returns its id; `nil` for a missing key. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xadd(
        toExisting key: some RedisBytesConvertible,
        _ fields: RedisPairs,
        id: RedisEntryID = .next,
        trim: RedisStreamTrim? = nil
    ) async throws(RedisError) -> RedisStreamID? {
        try await send(.xadd(toExisting: key, fields, id: id, trim: trim))
    }

    /// How many entries there are; 0 for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func xlen(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int {
        try await send(.xlen(key))
    }

    /// Removes entries, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xdel(_ key: some RedisBytesConvertible, _ ids: RedisStreamID...) async throws(RedisError) -> Int {
        try await send(.xdel(key, ids))
    }

    /// Removes entries, and returns how many there were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xdel(_ key: some RedisBytesConvertible, _ ids: [RedisStreamID]) async throws(RedisError) -> Int {
        try await send(.xdel(key, ids))
    }

    /// Removes the oldest entries, and returns how many.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xtrim(_ key: some RedisBytesConvertible, _ trim: RedisStreamTrim) async throws(RedisError) -> Int {
        try await send(.xtrim(key, trim))
    }

    /// Entries with ids in a range, the oldest first.
    ///
    /// - Throws: What `send` throws.
    public func xrange(
        _ key: some RedisBytesConvertible,
        from start: RedisStreamBound = .first,
        to end: RedisStreamBound = .last,
        count: Int? = nil
    ) async throws(RedisError) -> [RedisStreamEntry] {
        try await send(.xrange(key, from: start, to: end, count: count))
    }

    /// Entries with ids in a range, the newest first.
    ///
    /// - Throws: What `send` throws.
    public func xrevrange(
        _ key: some RedisBytesConvertible,
        from end: RedisStreamBound = .last,
        to start: RedisStreamBound = .first,
        count: Int? = nil
    ) async throws(RedisError) -> [RedisStreamEntry] {
        try await send(.xrevrange(key, from: end, to: start, count: count))
    }

    /// The entries behind a position of each stream, by stream; streams with none are left out. With `blocking`, the
    /// server waits for them so long, without an end for zero; a client sends it over an exclusive link.
    ///
    /// - Throws: What `send` throws.
    public func xread(
        _ streams: RedisStreamPositions,
        count: Int? = nil,
        blocking: Duration? = nil
    ) async throws(RedisError) -> [RedisBytes: [RedisStreamEntry]] {
        try await send(.xread(streams, count: count, blocking: blocking))
    }

    /// Makes a group that gets the entries behind a position. A group that exists is an error of the server
    /// (BUSYGROUP).
    ///
    /// - Throws: What `send` throws.
    public func xgroupCreate(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        from position: RedisStreamPosition,
        makingStream: Bool = false
    ) async throws(RedisError) {
        try await send(.xgroupCreate(key, group, from: position, makingStream: makingStream))
    }

    /// Lets a group get the entries behind another position.
    ///
    /// - Throws: What `send` throws.
    public func xgroupSetID(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        to position: RedisStreamPosition
    ) async throws(RedisError) {
        try await send(.xgroupSetID(key, group, to: position))
    }

    /// Removes a group, and returns whether there was one.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xgroupDestroy(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.xgroupDestroy(key, group))
    }

    /// Makes a consumer of a group, and returns whether it is new. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xgroupCreateConsumer(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible
    ) async throws(RedisError) -> Bool {
        try await send(.xgroupCreateConsumer(key, group, consumer))
    }

    /// Removes a consumer with its pending entries, and returns how many these were.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xgroupDelConsumer(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.xgroupDelConsumer(key, group, consumer))
    }

    /// Entries for a consumer of a group, by stream: those that nobody got, or its own pending ones. `acknowledging`
    /// counts them as acknowledged at once. `blocking` is that of `xread`.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xreadgroup(
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        _ streams: RedisStreamPositions,
        count: Int? = nil,
        blocking: Duration? = nil,
        acknowledging: Bool = false
    ) async throws(RedisError) -> [RedisBytes: [RedisStreamEntry]] {
        try await send(
            .xreadgroup(group, consumer, streams, count: count, blocking: blocking, acknowledging: acknowledging)
        )
    }

    /// Acknowledges entries, and returns how many of them were pending.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xack(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ ids: RedisStreamID...
    ) async throws(RedisError) -> Int {
        try await send(.xack(key, group, ids))
    }

    /// Acknowledges entries, and returns how many of them were pending.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xack(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ ids: [RedisStreamID]
    ) async throws(RedisError) -> Int {
        try await send(.xack(key, group, ids))
    }

    /// How many entries of a group are pending, and whose.
    ///
    /// - Throws: What `send` throws.
    public func xpending(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible
    ) async throws(RedisError) -> RedisPendingSummary {
        try await send(.xpending(key, group))
    }

    /// Pending entries, of one consumer or of all, that were delivered at least `idle` (Redis 6.2) ago.
    ///
    /// - Throws: What `send` throws.
    public func xpending(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        from start: RedisStreamBound = .first,
        to end: RedisStreamBound = .last,
        count: Int,
        idle: Duration? = nil,
        consumer: (any RedisBytesConvertible)? = nil
    ) async throws(RedisError) -> [RedisPendingEntry] {
        try await send(.xpending(key, group, from: start, to: end, count: count, idle: idle, consumer: consumer))
    }

    /// Gives pending entries that were delivered at least `idle` ago to another consumer, and returns them.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xclaim(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        idle: Duration,
        _ ids: RedisStreamID...
    ) async throws(RedisError) -> [RedisStreamEntry] {
        try await send(.xclaim(key, group, consumer, idle: idle, ids))
    }

    /// Gives pending entries that were delivered at least `idle` ago to another consumer, and returns them.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xclaim(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        idle: Duration,
        _ ids: [RedisStreamID]
    ) async throws(RedisError) -> [RedisStreamEntry] {
        try await send(.xclaim(key, group, consumer, idle: idle, ids))
    }

    /// Finds pending entries that were delivered at least `idle` ago, gives them to another consumer, and returns them.
    /// Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func xautoclaim(
        _ key: some RedisBytesConvertible,
        _ group: some RedisBytesConvertible,
        _ consumer: some RedisBytesConvertible,
        idle: Duration,
        from start: RedisStreamID = .zero,
        count: Int? = nil
    ) async throws(RedisError) -> RedisClaimedEntries {
        try await send(.xautoclaim(key, group, consumer, idle: idle, from: start, count: count))
    }
}
