internal import RedisReactor

extension MessageQueue {
    /// Puts a message at the end. If the queue has a capacity, waits for room.
    ///
    /// - Parameters:
    ///   - message: The message, which may be empty.
    ///   - timeout: How long to wait for room; `nil` means for ever. With zero or less it is tried once.
    /// - Returns: How many messages wait then.
    /// - Throws: `.timedOut` when there was no room all the time, and nothing was put then; `.cancelled`; what
    ///   `RedisClient.run` throws: if its `execution` is `.unknown`, the message may be there.
    @discardableResult
    public func put(_ message: some RedisBytesConvertible, timeout: Duration? = nil) async throws(RedisError) -> Int {
        try await put([message.redisBytes], timeout: timeout)
    }

    /// Puts messages at the end, in one step. If the queue has a capacity, waits for room for all of them.
    ///
    /// - Parameters:
    ///   - messages: The messages, the one that is to be taken first in front. Without one nothing is sent.
    ///   - timeout: How long to wait for room; `nil` means for ever. With zero or less it is tried once.
    /// - Returns: How many messages wait then.
    /// - Throws: What `put` of one throws; `.limitExceeded` for more messages than the capacity.
    @discardableResult
    public func put(_ messages: [some RedisBytesConvertible], timeout: Duration? = nil) async throws(RedisError) -> Int
    {
        let messages = messages.map(\.redisBytes)
        guard !messages.isEmpty else { return try await count() }
        return try await client.observing("put", of: "queue", name) { () async throws(RedisError) in
            guard let capacity else { return try await client.send(.rpush(name, messages)) }
            try checkRoom(messages.count, capacity)
            return try await putWaiting(messages, capacity, until: timeout.map { ContinuousClock.now.advanced(by: $0) })
        }
    }

    /// Puts a message at the end, if there is room.
    ///
    /// - Returns: Whether there was.
    /// - Throws: What `RedisClient.run` throws.
    public func tryPut(_ message: some RedisBytesConvertible) async throws(RedisError) -> Bool {
        try await tryPut([message.redisBytes])
    }

    /// Puts messages at the end in one step, if there is room for all of them.
    ///
    /// - Returns: Whether there was. Without a message there always is.
    /// - Throws: `.limitExceeded` for more messages than the capacity; what `RedisClient.run` throws.
    public func tryPut(_ messages: [some RedisBytesConvertible]) async throws(RedisError) -> Bool {
        let messages = messages.map(\.redisBytes)
        guard !messages.isEmpty else { return true }
        return try await client.observing("put", of: "queue", name) { () async throws(RedisError) in
            guard let capacity else { return try await client.send(.rpush(name, messages)) > 0 }
            try checkRoom(messages.count, capacity)
            return try await putOnce(messages, capacity, timeout: client.commandTimeout) != nil
        }
    }

    private func checkRoom(_ count: Int, _ capacity: Int) throws(RedisError) {
        guard count > capacity else { return }
        let text = "\(words) has room for \(capacity) messages, so \(count) never go into it together"
        throw RedisError(.limitExceeded, text, phase: .command).with(.notExecuted)
    }

    /// Puts messages if there is room. Returns how many wait then; `nil` without room.
    private func putOnce(_ messages: [RedisBytes], _ capacity: Int, timeout: Duration?) async throws(RedisError) -> Int?
    {
        let arguments: [any RedisBytesConvertible] = [capacity] + messages
        let reply = try await client.run(.putMessages, keys: [name], arguments: arguments, timeout: timeout)
        guard let numbers = reply.elements?.compactMap(\.count), numbers.count == 2 else {
            throw .unexpectedReply("EVALSHA")
        }
        return numbers[0] == 1 ? numbers[1] : nil
    }

    /// Puts messages as soon as there is room.
    ///
    /// Those that wait here stand in line, and the first of them tries when room is told. Whoever takes messages
    /// without a capacity tells nothing, so it also looks once a second.
    private func putWaiting(
        _ messages: [RedisBytes],
        _ capacity: Int,
        until deadline: ContinuousClock.Instant?
    ) async throws(RedisError) -> Int {
        let watch = client.attachment(ReleaseWatch.self)
        let key = ReleaseWatch.LineKey(kind: "room", name: name)
        if !watch.isAwaited(key), let count = try await putOnce(messages, capacity, timeout: client.commandTimeout) {
            return count
        }
        if let deadline, deadline <= .now { throw noRoom }
        let denial = WaiterQueue.Denial(wait: nil, isSilent: true)
        let line = watch.enter(key, channel: keys.room, isExclusive: false)
        defer { watch.leave(key) }
        let place = line.join(LeaseToken.make(), after: watch.waiterCount(key) == 1 ? denial : nil)
        defer { line.leave(place) }
        while true {
            do throws(RedisError) { _ = try await line.turn(of: place, until: deadline) } catch {
                guard error.code == .timedOut else { throw error.with(.notExecuted) }
                throw noRoom
            }
            if let count = try await putOnce(messages, capacity, timeout: client.commandTimeout) { return count }
            line.denied(place, denial)
        }
    }

    private var noRoom: RedisError {
        RedisError(.timedOut, "\(words): it was full all the time", phase: .command).with(.notExecuted)
    }
}
