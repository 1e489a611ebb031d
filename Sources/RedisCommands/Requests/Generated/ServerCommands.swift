// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == RedisBytes {
    /// The server's reply to PING: `PONG`, or the message that was passed. (PING)
    public static func ping(_ message: (any RedisBytesConvertible)? = nil) -> RedisRequest<RedisBytes> {
        let command = RedisCommand("PING", count: 1 + (message == nil ? 0 : 1)) { writer in
            if let message {
                message.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }

    /// The message that was passed. (ECHO)
    public static func echo(_ message: some RedisBytesConvertible) -> RedisRequest<RedisBytes> {
        RedisRequest(RedisCommand("ECHO", message))
    }
}

extension RedisRequest where Reply == RedisTimestamp {
    /// The server's clock. (TIME)
    public static func time() -> RedisRequest<RedisTimestamp> {
        let command = RedisCommand("TIME")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.time(reply)) }
    }

    /// When the server last saved its data. (LASTSAVE)
    public static func lastsave() -> RedisRequest<RedisTimestamp> {
        let command = RedisCommand("LASTSAVE")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.seconds(reply)) }
    }
}

extension RedisRequest where Reply == Int {
    /// How many keys there are, on one server. (DBSIZE)
    public static func dbsize() -> RedisRequest<Int> {
        let command = RedisCommand("DBSIZE")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many commands the server knows. (COMMAND COUNT)
    public static func commandCount() -> RedisRequest<Int> {
        let command = RedisCommand("COMMAND", "COUNT")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// The number of this connection. (CLIENT ID)
    public static func clientID() -> RedisRequest<Int> {
        let command = RedisCommand("CLIENT", "ID")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Ends the connections that meet all filters, and returns how many these are. (CLIENT KILL)
    public static func clientKill(_ filters: RedisClientFilter...) -> RedisRequest<Int> {
        let command = RedisCommand("CLIENT", count: 2 + filters.argumentCount) { writer in
            writer.append("KILL")
            filters.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Ends the connections that meet all filters, and returns how many these are. (CLIENT KILL)
    public static func clientKill(_ filters: [RedisClientFilter]) -> RedisRequest<Int> {
        let command = RedisCommand("CLIENT", count: 2 + filters.argumentCount) { writer in
            writer.append("KILL")
            filters.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// How many commands the slow log has. (SLOWLOG LEN)
    public static func slowlogLen() -> RedisRequest<Int> {
        let command = RedisCommand("SLOWLOG", "LEN")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Forgets the times of these events, or of all events, and returns of how many. (LATENCY RESET)
    public static func latencyReset<each Argument: RedisBytesConvertible>(
        _ events: repeat each Argument
    ) -> RedisRequest<Int> {
        let command = RedisCommand("LATENCY", "RESET", repeat each events)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Forgets the times of these events, or of all events, and returns of how many. (LATENCY RESET)
    public static func latencyReset(_ events: [some RedisBytesConvertible]) -> RedisRequest<Int> {
        let command = RedisCommand("LATENCY", count: 2 + events.count) { writer in
            writer.append("RESET")
            for argument in events { argument.write(to: &writer) }
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisRequest where Reply == Void {
    /// Removes all keys of the database, on one server. (FLUSHDB)
    public static func flushdb() -> RedisRequest<Void> {
        let command = RedisCommand("FLUSHDB")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Removes all keys of all databases, on one server. (FLUSHALL)
    public static func flushall() -> RedisRequest<Void> {
        let command = RedisCommand("FLUSHALL")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Changes settings until the server ends. More than one needs Redis 7.0. (CONFIG SET)
    public static func configSet(_ pairs: RedisPairs) -> RedisRequest<Void> {
        let command = RedisCommand("CONFIG", count: 2 + pairs.argumentCount) { writer in
            writer.append("SET")
            pairs.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Sets the counters of INFO to zero. (CONFIG RESETSTAT)
    public static func configResetStat() -> RedisRequest<Void> {
        let command = RedisCommand("CONFIG", "RESETSTAT")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Names this connection until it ends. `RedisConfiguration.clientName` names it again after a reconnect. (CLIENT
    /// SETNAME)
    public static func clientSetName(_ name: some RedisBytesConvertible) -> RedisRequest<Void> {
        let command = RedisCommand("CLIENT", "SETNAME", name)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Empties the slow log. (SLOWLOG RESET)
    public static func slowlogReset() -> RedisRequest<Void> {
        let command = RedisCommand("SLOWLOG", "RESET")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisRequest where Reply == RedisRole {
    /// Whether the server is a primary, a replica or a Sentinel, and of whom. (ROLE)
    public static func role() -> RedisRequest<RedisRole> {
        RedisRequest(RedisCommand("ROLE"))
    }
}

extension RedisRequest where Reply == RedisServerInfo {
    /// What the server tells of itself, or only the sections of these names. More than one name needs Redis 7.0. (INFO)
    public static func info<each Argument: RedisBytesConvertible>(
        _ sections: repeat each Argument
    ) -> RedisRequest<RedisServerInfo> {
        RedisRequest(RedisCommand("INFO", repeat each sections))
    }

    /// What the server tells of itself, or only the sections of these names. More than one name needs Redis 7.0. (INFO)
    public static func info(_ sections: [some RedisBytesConvertible]) -> RedisRequest<RedisServerInfo> {
        let command = RedisCommand("INFO", count: 1 + sections.count) { writer in
            for argument in sections { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [String: RedisBytes] {
    /// The settings whose names match a pattern. More than one pattern needs Redis 7.0. (CONFIG GET)
    public static func configGet<each Argument: RedisBytesConvertible>(
        _ patterns: repeat each Argument
    ) -> RedisRequest<[String: RedisBytes]> {
        RedisRequest(RedisCommand("CONFIG", "GET", repeat each patterns))
    }

    /// The settings whose names match a pattern. More than one pattern needs Redis 7.0. (CONFIG GET)
    public static func configGet(_ patterns: [some RedisBytesConvertible]) -> RedisRequest<[String: RedisBytes]> {
        let command = RedisCommand("CONFIG", count: 2 + patterns.count) { writer in
            writer.append("GET")
            for argument in patterns { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == RedisClientInfo {
    /// What the server tells of this connection. Since Redis 6.2. (CLIENT INFO)
    public static func clientInfo() -> RedisRequest<RedisClientInfo> {
        let command = RedisCommand("CLIENT", "INFO")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisClientInfo.only(reply)) }
    }
}

extension RedisRequest where Reply == [RedisClientInfo] {
    /// What the server tells of its connections, of all without `filters`. Which filters there are differs by release.
    /// (CLIENT LIST)
    public static func clientList(_ filters: RedisClientFilter...) -> RedisRequest<[RedisClientInfo]> {
        let command = RedisCommand("CLIENT", count: 2 + filters.argumentCount) { writer in
            writer.append("LIST")
            filters.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisClientInfo.list(reply)) }
    }

    /// What the server tells of its connections, of all without `filters`. Which filters there are differs by release.
    /// (CLIENT LIST)
    public static func clientList(_ filters: [RedisClientFilter]) -> RedisRequest<[RedisClientInfo]> {
        let command = RedisCommand("CLIENT", count: 2 + filters.argumentCount) { writer in
            writer.append("LIST")
            filters.append(to: &writer)
        }
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(RedisClientInfo.list(reply)) }
    }
}

extension RedisRequest where Reply == RedisBytes? {
    /// The name of this connection; `nil` when it has none. (CLIENT GETNAME)
    public static func clientGetName() -> RedisRequest<RedisBytes?> {
        let command = RedisCommand("CLIENT", "GETNAME")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.name(reply)) }
    }
}

extension RedisRequest where Reply == Bool {
    /// Ends the wait of a connection in a blocking command, and returns whether it was in one. (CLIENT UNBLOCK)
    public static func clientUnblock(_ id: Int, _ reason: RedisUnblockReason = .timeout) -> RedisRequest<Bool> {
        let command = RedisCommand("CLIENT", count: 3 + reason.argumentCount) { writer in
            writer.append("UNBLOCK")
            id.write(to: &writer)
            reason.append(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == String {
    /// The user of this connection. Since Redis 6.0. (ACL WHOAMI)
    public static func aclWhoAmI() -> RedisRequest<String> {
        RedisRequest(RedisCommand("ACL", "WHOAMI"))
    }
}

extension RedisRequest where Reply == String? {
    /// How the server keeps a value; `nil` for a missing key. (OBJECT ENCODING)
    public static func objectEncoding(_ key: some RedisBytesConvertible) -> RedisRequest<String?> {
        RedisRequest(RedisCommand("OBJECT", "ENCODING", key))
    }
}

extension RedisRequest where Reply == Int? {
    /// How often a key is used, on a logarithmic scale, if the server evicts by that (an LFU policy); `nil` for a
    /// missing key. (OBJECT FREQ)
    public static func objectFreq(_ key: some RedisBytesConvertible) -> RedisRequest<Int?> {
        RedisRequest(RedisCommand("OBJECT", "FREQ", key))
    }

    /// How many bytes a key takes, of whose elements `samples` are looked at, and all for 0; `nil` for a missing key.
    /// (MEMORY USAGE)
    public static func memoryUsage(_ key: some RedisBytesConvertible, samples: Int? = nil) -> RedisRequest<Int?> {
        let command = RedisCommand("MEMORY", count: 3 + (samples == nil ? 0 : 2)) { writer in
            writer.append("USAGE")
            key.write(to: &writer)
            if let samples {
                writer.append("SAMPLES")
                samples.write(to: &writer)
            }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Duration? {
    /// How long ago a key was used, to a second; `nil` for a missing key. (OBJECT IDLETIME)
    public static func objectIdleTime(_ key: some RedisBytesConvertible) -> RedisRequest<Duration?> {
        let command = RedisCommand("OBJECT", "IDLETIME", key)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.idleTime(reply)) }
    }
}

extension RedisRequest where Reply == [RedisSlowLogEntry] {
    /// The last commands that took long, the newest first. (SLOWLOG GET)
    public static func slowlogGet(_ count: Int = 10) -> RedisRequest<[RedisSlowLogEntry]> {
        RedisRequest(RedisCommand("SLOWLOG", "GET", count))
    }
}

extension RedisRequest where Reply == [RedisLatencyEvent] {
    /// The events that took long, with their last time each. (LATENCY LATEST)
    public static func latencyLatest() -> RedisRequest<[RedisLatencyEvent]> {
        RedisRequest(RedisCommand("LATENCY", "LATEST"))
    }
}

extension RedisRequest where Reply == [RedisLatencySample] {
    /// The times of one event that took long, the oldest first. (LATENCY HISTORY)
    public static func latencyHistory(_ event: some RedisBytesConvertible) -> RedisRequest<[RedisLatencySample]> {
        RedisRequest(RedisCommand("LATENCY", "HISTORY", event))
    }
}

extension RedisCommandSender {
    /// The server's reply to PING: `PONG`, or the message that was passed.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func ping(_ message: (any RedisBytesConvertible)? = nil) async throws(RedisError) -> RedisBytes {
        try await send(.ping(message))
    }

    /// The message that was passed.
    ///
    /// - Throws: What `send` throws.
    public func echo(_ message: some RedisBytesConvertible) async throws(RedisError) -> RedisBytes {
        try await send(.echo(message))
    }

    /// The server's clock.
    ///
    /// - Throws: What `send` throws.
    public func time() async throws(RedisError) -> RedisTimestamp {
        try await send(.time())
    }

    /// How many keys there are, on one server.
    ///
    /// - Throws: What `send` throws.
    public func dbsize() async throws(RedisError) -> Int {
        try await send(.dbsize())
    }

    /// Removes all keys of the database, on one server.
    ///
    /// - Throws: What `send` throws.
    public func flushdb() async throws(RedisError) {
        try await send(.flushdb())
    }

    /// Removes all keys of all databases, on one server.
    ///
    /// - Throws: What `send` throws.
    public func flushall() async throws(RedisError) {
        try await send(.flushall())
    }

    /// When the server last saved its data.
    ///
    /// - Throws: What `send` throws.
    public func lastsave() async throws(RedisError) -> RedisTimestamp {
        try await send(.lastsave())
    }

    /// Whether the server is a primary, a replica or a Sentinel, and of whom.
    ///
    /// - Throws: What `send` throws.
    public func role() async throws(RedisError) -> RedisRole {
        try await send(.role())
    }

    /// What the server tells of itself, or only the sections of these names. More than one name needs Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func info<each Argument: RedisBytesConvertible>(
        _ sections: repeat each Argument
    ) async throws(RedisError) -> RedisServerInfo {
        try await send(.info(repeat each sections))
    }

    /// What the server tells of itself, or only the sections of these names. More than one name needs Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func info(_ sections: [some RedisBytesConvertible]) async throws(RedisError) -> RedisServerInfo {
        try await send(.info(sections))
    }

    /// How many commands the server knows.
    ///
    /// - Throws: What `send` throws.
    public func commandCount() async throws(RedisError) -> Int {
        try await send(.commandCount())
    }

    /// The settings whose names match a pattern. More than one pattern needs Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func configGet<each Argument: RedisBytesConvertible>(
        _ patterns: repeat each Argument
    ) async throws(RedisError) -> [String: RedisBytes] {
        try await send(.configGet(repeat each patterns))
    }

    /// The settings whose names match a pattern. More than one pattern needs Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func configGet(_ patterns: [some RedisBytesConvertible]) async throws(RedisError) -> [String: RedisBytes] {
        try await send(.configGet(patterns))
    }

    /// Changes settings until the server ends. More than one needs Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func configSet(_ pairs: RedisPairs) async throws(RedisError) {
        try await send(.configSet(pairs))
    }

    /// Sets the counters of INFO to zero.
    ///
    /// - Throws: What `send` throws.
    public func configResetStat() async throws(RedisError) {
        try await send(.configResetStat())
    }

    /// The number of this connection.
    ///
    /// - Throws: What `send` throws.
    public func clientID() async throws(RedisError) -> Int {
        try await send(.clientID())
    }

    /// What the server tells of this connection. Since Redis 6.2.
    ///
    /// - Throws: What `send` throws.
    public func clientInfo() async throws(RedisError) -> RedisClientInfo {
        try await send(.clientInfo())
    }

    /// What the server tells of its connections, of all without `filters`. Which filters there are differs by release.
    ///
    /// - Throws: What `send` throws.
    public func clientList(_ filters: RedisClientFilter...) async throws(RedisError) -> [RedisClientInfo] {
        try await send(.clientList(filters))
    }

    /// What the server tells of its connections, of all without `filters`. Which filters there are differs by release.
    ///
    /// - Throws: What `send` throws.
    public func clientList(_ filters: [RedisClientFilter]) async throws(RedisError) -> [RedisClientInfo] {
        try await send(.clientList(filters))
    }

    /// The name of this connection; `nil` when it has none.
    ///
    /// - Throws: What `send` throws.
    public func clientGetName() async throws(RedisError) -> RedisBytes? {
        try await send(.clientGetName())
    }

    /// Names this connection until it ends. `RedisConfiguration.clientName` names it again after a reconnect.
    ///
    /// - Throws: What `send` throws.
    public func clientSetName(_ name: some RedisBytesConvertible) async throws(RedisError) {
        try await send(.clientSetName(name))
    }

    /// Ends the connections that meet all filters, and returns how many these are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func clientKill(_ filters: RedisClientFilter...) async throws(RedisError) -> Int {
        try await send(.clientKill(filters))
    }

    /// Ends the connections that meet all filters, and returns how many these are.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func clientKill(_ filters: [RedisClientFilter]) async throws(RedisError) -> Int {
        try await send(.clientKill(filters))
    }

    /// Ends the wait of a connection in a blocking command, and returns whether it was in one.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func clientUnblock(_ id: Int, _ reason: RedisUnblockReason = .timeout) async throws(RedisError) -> Bool {
        try await send(.clientUnblock(id, reason))
    }

    /// The user of this connection. Since Redis 6.0.
    ///
    /// - Throws: What `send` throws.
    public func aclWhoAmI() async throws(RedisError) -> String {
        try await send(.aclWhoAmI())
    }

    /// How the server keeps a value; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func objectEncoding(_ key: some RedisBytesConvertible) async throws(RedisError) -> String? {
        try await send(.objectEncoding(key))
    }

    /// How often a key is used, on a logarithmic scale, if the server evicts by that (an LFU policy); `nil` for a
    /// missing key.
    ///
    /// - Throws: What `send` throws.
    public func objectFreq(_ key: some RedisBytesConvertible) async throws(RedisError) -> Int? {
        try await send(.objectFreq(key))
    }

    /// How long ago a key was used, to a second; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func objectIdleTime(_ key: some RedisBytesConvertible) async throws(RedisError) -> Duration? {
        try await send(.objectIdleTime(key))
    }

    /// How many bytes a key takes, of whose elements `samples` are looked at, and all for 0; `nil` for a missing key.
    ///
    /// - Throws: What `send` throws.
    public func memoryUsage(_ key: some RedisBytesConvertible, samples: Int? = nil) async throws(RedisError) -> Int? {
        try await send(.memoryUsage(key, samples: samples))
    }

    /// The last commands that took long, the newest first.
    ///
    /// - Throws: What `send` throws.
    public func slowlogGet(_ count: Int = 10) async throws(RedisError) -> [RedisSlowLogEntry] {
        try await send(.slowlogGet(count))
    }

    /// How many commands the slow log has.
    ///
    /// - Throws: What `send` throws.
    public func slowlogLen() async throws(RedisError) -> Int {
        try await send(.slowlogLen())
    }

    /// Empties the slow log.
    ///
    /// - Throws: What `send` throws.
    public func slowlogReset() async throws(RedisError) {
        try await send(.slowlogReset())
    }

    /// The events that took long, with their last time each.
    ///
    /// - Throws: What `send` throws.
    public func latencyLatest() async throws(RedisError) -> [RedisLatencyEvent] {
        try await send(.latencyLatest())
    }

    /// The times of one event that took long, the oldest first.
    ///
    /// - Throws: What `send` throws.
    public func latencyHistory(_ event: some RedisBytesConvertible) async throws(RedisError) -> [RedisLatencySample] {
        try await send(.latencyHistory(event))
    }

    /// Forgets the times of these events, or of all events, and returns of how many.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func latencyReset<each Argument: RedisBytesConvertible>(
        _ events: repeat each Argument
    ) async throws(RedisError) -> Int {
        try await send(.latencyReset(repeat each events))
    }

    /// Forgets the times of these events, or of all events, and returns of how many.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func latencyReset(_ events: [some RedisBytesConvertible]) async throws(RedisError) -> Int {
        try await send(.latencyReset(events))
    }
}
