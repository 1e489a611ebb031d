public import RedisCommands
public import RedisCore
public import RedisRESP
internal import RedisReactor

extension RedisQueue {
    /// Puts a message.
    ///
    /// - Parameters:
    ///   - message: The message, which may be empty.
    ///   - priority: How urgent it is, from 0 to one less than the queue's `priorities`.
    ///   - timeout: How long to wait for room, where the queue has a capacity, and for the server; by default for ever
    ///     for room, and as long as the client's `commands.timeout` for the server.
    /// - Returns: The message's id.
    /// - Throws: What `put(contentsOf:)` throws.
    @discardableResult
    public func put(
        _ message: some RedisBytesConvertible,
        priority: Int = 0,
        timeout: Duration? = nil
    ) async throws(RedisError) -> RedisStreamID {
        try await put(contentsOf: [message.redisBytes], priority: priority, timeout: timeout)[0]
    }

    /// Puts messages in one step, one behind the other. If the queue has a capacity, waits for room for all of them.
    ///
    /// A put whose link is lost is repeated, and the server recognises it. So the outcome is known, unless the error's
    /// `execution` is `.unknown`: then the server could not be asked again in time.
    ///
    /// - Parameters:
    ///   - messages: The messages: at most 1,000, because the server does nothing else meanwhile.
    ///   - priority: How urgent they are.
    ///   - timeout: As with `put` of one. With zero or less it is tried once.
    /// - Returns: The messages' ids, in their order.
    /// - Throws: `.timedOut` when there was no room all the time, and nothing was put then; `.limitExceeded` for more
    ///   messages than the capacity; `.invalidCommand` for more than 1,000 messages and for a priority that the queue
    ///   does not have; `.cancelled`; what `RedisClient.run` throws.
    @discardableResult
    public func put(
        contentsOf messages: [some RedisBytesConvertible],
        priority: Int = 0,
        timeout: Duration? = nil
    ) async throws(RedisError) -> [RedisStreamID] {
        let stream = try index(ofPriority: priority)
        let reply = try await put(messages.count, timeout) { [self] ticket, timeout throws(RedisError) in
            var arguments: [any RedisBytesConvertible] = [ticket.number, options.capacity ?? 0, stream]
            for message in messages { arguments.append(message) }
            return try await client.run(
                .putIntoQueue,
                keys: keys(ticket),
                arguments: arguments,
                timeout: timeout
            )
        }
        let ids = reply.dropFirst().compactMap { RedisStreamID(reply: $0) }
        guard ids.count == messages.count else { throw .unexpectedReply("EVALSHA") }
        return ids
    }

    /// Puts a message that is to be delivered later, by the server's clock.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - delay: After what time, to a millisecond; at most ten years.
    ///   - priority: How urgent it is then.
    ///   - timeout: As with `put`.
    /// - Throws: What `put(contentsOf:)` throws; `.invalidCommand` for a delay that cannot be.
    public func put(
        _ message: some RedisBytesConvertible,
        delayedBy delay: Duration,
        priority: Int = 0,
        timeout: Duration? = nil
    ) async throws(RedisError) {
        guard delay >= .zero, delay <= .seconds(10 * 366 * 86400) else {
            let text = "\(names.words): a message cannot be delayed by \(delay.inSeconds), but by up to ten years"
            throw RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
        }
        try await put(delayed: message.redisBytes, true, delay.wholeMilliseconds, priority, timeout)
    }

    /// Puts a message that is to be delivered at a time of the server's clock, or at once if that is over.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - time: When.
    ///   - priority: How urgent it is then.
    ///   - timeout: As with `put`.
    /// - Throws: What `put(contentsOf:)` throws.
    public func put(
        _ message: some RedisBytesConvertible,
        delayedUntil time: RedisTimestamp,
        priority: Int = 0,
        timeout: Duration? = nil
    ) async throws(RedisError) {
        let millis = Int(max(time.microseconds / 1000, 0))
        try await put(delayed: message.redisBytes, false, millis, priority, timeout)
    }

    private func put(
        delayed message: RedisBytes,
        _ isRelative: Bool,
        _ millis: Int,
        _ priority: Int,
        _ timeout: Duration?
    ) async throws(RedisError) {
        let stream = try index(ofPriority: priority)
        _ = try await put(1, timeout) { [self] ticket, timeout throws(RedisError) in
            let arguments: [any RedisBytesConvertible] = [
                ticket.number, options.capacity ?? 0, names.news, isCluster ? 1 : 0, isRelative ? 1 : 0, millis, stream,
                "\(ticket.putter).\(ticket.number)", message,
            ]
            return try await client.run(.putDelayed, keys: keys(ticket), arguments: arguments, timeout: timeout)
        }
    }

    // MARK: Periodic messages

    /// Lets a message be put again and again, by the server's clock, as long as some process consumes the queue. The
    /// first time is one interval from now. When nobody was there for several intervals, it is put once.
    ///
    /// Each process may say so when it starts: one that exists like that keeps its time.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - name: By which it can be changed and ended.
    ///   - interval: How often, to a millisecond; from a millisecond to ten years.
    ///   - priority: How urgent it is.
    /// - Returns: Whether something has changed.
    /// - Throws: `.invalidCommand` for an interval or a priority that cannot be; what `RedisClient.run` throws.
    @discardableResult
    public func putPeriodically(
        _ message: some RedisBytesConvertible,
        named name: some RedisBytesConvertible,
        every interval: Duration,
        priority: Int = 0
    ) async throws(RedisError) -> Bool {
        guard interval >= .milliseconds(1), interval <= .seconds(10 * 366 * 86400) else {
            let text = "\(names.words): a message cannot come every \(interval.inSeconds): from 1 ms to ten years"
            throw RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
        }
        let stream = try index(ofPriority: priority)
        return try await setPeriodic(name.redisBytes, [interval.wholeMilliseconds, stream, message.redisBytes])
    }

    /// Ends a periodic message.
    ///
    /// - Returns: Whether there was one of that name.
    /// - Throws: What `RedisClient.run` throws.
    @discardableResult
    public func endPeriodic(named name: some RedisBytesConvertible) async throws(RedisError) -> Bool {
        try await setPeriodic(name.redisBytes, [])
    }

    private func setPeriodic(_ name: RedisBytes, _ rest: [any RedisBytesConvertible]) async throws(RedisError) -> Bool {
        let arguments: [any RedisBytesConvertible] = [names.news, isCluster ? 1 : 0, name]
        let reply = try await client.run(
            .setPeriodic,
            keys: [names.delayed, names.periodic],
            arguments: arguments + rest
        )
        return reply.integer == 1
    }

    // MARK: One put

    private var isCluster: Bool { client.configuration.cluster != nil }

    private func keys(_ ticket: PutLanes.Ticket) -> [any RedisBytesConvertible] {
        [names.memory(ticket.putter), names.delayed] + names.streams
    }

    /// The place of a priority's stream among the keys of a script, from 1 on.
    private func index(ofPriority priority: Int) throws(RedisError) -> Int {
        guard names.streams.indices.contains(priority) else {
            let text = "\(names.words) has the priorities 0 to \(names.streams.count - 1), and not \(priority)"
            throw RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
        }
        return priority + 1
    }

    /// Runs a script that puts so many messages, and waits for room if there is none. Returns its reply.
    private func put(
        _ count: Int,
        _ timeout: Duration?,
        _ body: (PutLanes.Ticket, Duration?) async throws(RedisError) -> RESPValue
    ) async throws(RedisError) -> [RESPValue] {
        guard count <= 1000 else {
            let text = "\(names.words): \(count) messages in one step: 1,000 are the most"
            throw RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
        }
        if count == 0 { return [.integer(1)] }
        if let capacity = options.capacity, count > capacity {
            let text = "\(names.words) has room for \(capacity) messages, so \(count) never go into it together"
            throw RedisError(.limitExceeded, text, phase: .command).with(.notExecuted)
        }
        return try await client.observing("put", of: "queue", name) { () async throws(RedisError) in
            let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
            var isFirst = true
            while true {
                let version = room.version
                // Those that wait already come first; but who does not wait is tried.
                let waits = timeout.map { $0 > .zero } ?? true
                if !isFirst || !waits || options.capacity == nil || !room.isAwaited {
                    let reply = try await putOnce(timeout, deadline, body)
                    if reply.first?.integer == 1 {
                        if !isFirst { room.mayHaveRoom() }
                        return reply
                    }
                }
                if let deadline, deadline <= .now { throw noRoom }
                isFirst = false
                do throws(RedisError) { try await room.wait(since: version, until: deadline) } catch {
                    room.mayHaveRoom()
                    throw error.with(.notExecuted)
                }
            }
        }
    }

    /// Runs the script, and again while it is not known whether it has run.
    private func putOnce(
        _ timeout: Duration?,
        _ end: ContinuousClock.Instant?,
        _ body: (PutLanes.Ticket, Duration?) async throws(RedisError) -> RESPValue
    ) async throws(RedisError) -> [RESPValue] {
        let ticket = lanes.take()
        defer { lanes.giveBack(ticket) }
        var deadline = ContinuousClock.now.advanced(by: min(client.commandTimeout ?? Self.longestPut, Self.longestPut))
        if let end, timeout ?? .zero > .zero { deadline = min(deadline, end) }
        var pause = Duration.milliseconds(10)
        var isRepeated = false
        while true {
            let rest = max(ContinuousClock.now.duration(to: deadline), .zero)
            do throws(RedisError) {
                guard let reply = try await body(ticket, rest).elements else { throw .unexpectedReply("EVALSHA") }
                return reply
            } catch {
                // An attempt before this one may have run, whatever became of this one.
                let error = isRepeated && error.execution == .notExecuted ? error.with(.unknown) : error
                guard error.execution == .unknown, error.code == .connectionLost else { throw error }
                if rest <= pause { throw error }
                guard (try? await Task.sleep(for: pause)) != nil else {
                    throw RedisError(.cancelled, "the task was cancelled").with(.unknown)
                }
                pause = min(pause * 2, .seconds(1))
                isRepeated = true
            }
        }
    }

    /// For how long a put is repeated at most: the server knows it for ten minutes.
    private static var longestPut: Duration { .seconds(540) }

    private var noRoom: RedisError {
        RedisError(.timedOut, "\(names.words): it was full all the time", phase: .command).with(.notExecuted)
    }
}
