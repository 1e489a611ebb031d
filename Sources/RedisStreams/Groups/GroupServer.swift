internal import RedisCommands
internal import RedisCore
internal import RedisPOSIX
internal import RedisRESP

/// What a consumer asks the server for its streams, by the newest commands that the server has.
struct GroupServer: Sendable {
    let client: RedisClient
    /// The streams, all of one slot.
    let keys: [RedisBytes]
    let group: RedisBytes
    let consumer: RedisBytes
    let options: StreamGroupOptions
    private let abilities: StreamAbilities

    /// The channel on which it is told that entries were deleted; `nil` for none.
    private let channel: RedisBytes?

    init(
        _ client: RedisClient,
        _ keys: [RedisBytes],
        _ group: RedisBytes,
        _ consumer: RedisBytes,
        _ options: StreamGroupOptions,
        announcing channel: RedisBytes?
    ) {
        self.channel = channel
        self.client = client
        self.keys = keys
        self.group = group
        self.consumer = consumer
        self.options = options
        abilities = client.attachment(StreamAbilities.self)
    }

    /// An entry that this consumer has got.
    struct Found: Sendable {
        let stream: Int
        let entry: RedisStreamEntry
        /// How often it was delivered, this time included.
        let deliveries: Int
    }

    /// Whether a read claims what others have had for too long, as far as is known.
    var readsClaim: Bool { !abilities.lacks(.claim) }

    private var visibility: Int { options.visibility.wholeMilliseconds }
    private var removes: Bool { options.acknowledged == .deleted }

    /// Makes the group of a stream, and the stream. Returns whether there was none.
    func create(_ stream: Int, from start: StreamGroupOptions.Start) async throws(RedisError) -> Bool {
        do throws(RedisError) {
            try await client.send(.xgroupCreate(keys[stream], group, from: start.position, makingStream: true))
            return true
        } catch {
            guard error.serverPrefix == "BUSYGROUP" else { throw error }
            return false
        }
    }

    // MARK: Reading

    /// Reads entries that nobody has got, so many of each stream; where the server has CLAIM (Redis 8.4), also those
    /// that somebody has had for too long.
    ///
    /// - Parameters:
    ///   - streams: Of which streams.
    ///   - count: How many of each at most.
    ///   - blocking: For how long the server waits for one; `nil` for those that are there. A task that is cancelled
    ///     ends the wait, and what has come all the same is returned.
    /// - Returns: The entries, in the order of the streams; `nil` if the server has turned out to lack CLAIM, and
    ///   nothing was read.
    /// - Throws: What the client throws. If its execution is `.unknown`, entries may have been delivered.
    func read(_ streams: [Int], _ count: Int, blocking: Duration?) async throws(RedisError) -> [Found]? {
        let claims = readsClaim
        do throws(RedisError) {
            return try await attempt(streams, count, blocking, claims: claims)
        } catch {
            guard claims, error.serverMessage?.hasPrefix("ERR syntax") == true else { throw error }
            abilities.learn(lacks: .claim)
            return nil
        }
    }

    private func attempt(_ streams: [Int], _ count: Int, _ blocking: Duration?, claims: Bool) async throws(RedisError)
        -> [Found]
    {
        var words: [any RedisBytesConvertible] = ["XREADGROUP", "GROUP", group, consumer, "COUNT", count]
        if let blocking { words += ["BLOCK", max(blocking.wholeMilliseconds, 1)] as [any RedisBytesConvertible] }
        if claims { words += ["CLAIM", visibility] as [any RedisBytesConvertible] }
        words.append("STREAMS")
        for stream in streams { words.append(keys[stream]) }
        for _ in streams { words.append(">") }
        let reply: RESPValue
        do throws(RedisError) {
            let timeout = blocking.map { $0 + .seconds(2) } ?? client.commandTimeout
            reply = try await client.send(RedisCommand(words.map(\.redisBytes)), timeout: timeout)
        } catch {
            // A server whose role changes, or whose stream is deleted, ends what blocks, and has given nothing.
            if error.serverPrefix == "UNBLOCKED" { return [] }
            let hasEnded = error.code == .cancelled || error.code == .timedOut
            guard blocking != nil, hasEnded, error.execution == .notExecuted else { throw error }
            return []
        }
        return try found(in: reply, of: streams)
    }

    /// The entries of a reply: a map from keys to entries, or pairs of them; a null if there are none.
    private func found(in reply: RESPValue, of streams: [Int]) throws(RedisError) -> [Found] {
        var byKey: [(RESPValue, RESPValue)] = []
        switch reply {
        case .null: return []
        case .map(let pairs): byKey = pairs.map { ($0.key, $0.value) }
        default:
            for pair in reply.elements ?? [] {
                guard let parts = pair.elements, parts.count == 2 else { throw .unexpectedReply("XREADGROUP") }
                byKey.append((parts[0], parts[1]))
            }
        }
        var found: [Found] = []
        for (name, list) in byKey {
            guard let key = name.bytes, let stream = streams.first(where: { keys[$0] == key }),
                let entries = list.elements
            else { throw .unexpectedReply("XREADGROUP") }
            found.reserveCapacity(entries.count)
            for value in entries {
                guard let entry = RedisStreamEntry(reply: value) else { throw .unexpectedReply("XREADGROUP") }
                // With CLAIM the server tells how long ago and how often it was delivered before.
                let before = value.elements.flatMap { $0.count >= 4 ? $0[3].integer : nil } ?? 0
                found.append(
                    Found(stream: stream, entry: entry, deliveries: before.addingReportingOverflow(1).partialValue)
                )
            }
        }
        return found
    }

    // MARK: Claiming

    /// Claims entries that others have had for too long.
    ///
    /// - Parameters:
    ///   - stream: Of which stream.
    ///   - start: From which id on.
    ///   - count: How many at most.
    /// - Returns: What was found.
    /// - Throws: What the client throws.
    func sweep(_ stream: Int, from start: RedisStreamID, _ count: Int) async throws(RedisError) -> Sweep {
        if abilities.lacks(.autoclaim) { return try await sweepByHand(stream, from: start, count) }
        let key = keys[stream]
        let claimed: RESPValue
        do throws(RedisError) {
            claimed = try await client.send([
                "XAUTOCLAIM", key, group, consumer, visibility, start, "COUNT", count,
            ])
        } catch {
            guard error.lacksCommand else { throw error }
            abilities.learn(lacks: .autoclaim)
            return try await sweepByHand(stream, from: start, count)
        }
        guard let parts = claimed.elements, parts.count >= 2, let next = RedisStreamID(reply: parts[0]),
            let list = parts[1].elements
        else { throw .unexpectedReply("XAUTOCLAIM") }
        let entries = list.compactMap { RedisStreamEntry(reply: $0) }
        let counts = try await deliveries(of: entries.map(\.id), in: key)
        let found = entries.compactMap { entry in
            counts[entry.id].map { Found(stream: stream, entry: entry, deliveries: $0) }
        }
        let removed = parts.count > 2 ? [RedisStreamID](reply: parts[2]) ?? [] : []
        return Sweep(found: found, next: next, removed: removed, hasUnknown: entries.count < list.count)
    }

    /// What was claimed.
    struct Sweep: Sendable {
        var found: [Found] = []
        /// Where the sweep goes on; zero at its end.
        var next: RedisStreamID
        /// Entries that were removed from the stream while they were pending, and are not pending any more.
        var removed: [RedisStreamID] = []
        /// Whether there are more of these, which are this consumer's now, and whose ids the server does not tell.
        var hasUnknown = false
    }

    /// How often entries were delivered that this consumer has claimed. Those that it does not have any more are left
    /// out.
    ///
    /// - Throws: What the client throws, as unknown: the entries are this consumer's all the same.
    private func deliveries(of ids: [RedisStreamID], in key: RedisBytes) async throws(RedisError)
        -> [RedisStreamID: Int]
    {
        if ids.isEmpty { return [:] }
        var batch = RedisBatch()
        for id in ids { batch.append(.xpending(key, group, from: .including(id), to: .including(id), count: 1)) }
        do throws(RedisError) {
            var counts: [RedisStreamID: Int] = [:]
            for result in try await client.send(batch) {
                guard let entry = [RedisPendingEntry](reply: try result.get())?.first else { continue }
                if entry.consumer == consumer { counts[entry.id] = entry.deliveries }
            }
            return counts
        } catch { throw error.with(.unknown) }
    }

    /// The same before Redis 6.2.
    private func sweepByHand(_ stream: Int, from start: RedisStreamID, _ count: Int) async throws(RedisError) -> Sweep {
        let page = 100
        let pending = try await client.xpending(keys[stream], group, from: .including(start), count: page)
        let overdue = pending.filter { $0.idle >= options.visibility }.prefix(count)
        var next = pending.count < page ? RedisStreamID.zero : pending.last?.id.successor ?? .zero
        if overdue.count == count, let last = overdue.last { next = last.id.successor }
        if overdue.isEmpty { return Sweep(next: next) }
        var words: [any RedisBytesConvertible] = ["XCLAIM", keys[stream], group, consumer, visibility]
        words += overdue.map(\.id) as [any RedisBytesConvertible]
        let reply = try await client.send(RedisCommand(words.map(\.redisBytes)))
        let (found, hasUnknown) = try claimed(reply, overdue.map { ($0.id, $0.deliveries + 1) }, stream)
        return Sweep(found: found, next: next, hasUnknown: hasUnknown)
    }

    /// The entries that the server counts as this consumer's, at most a hundred.
    func pending(_ stream: Int, from start: RedisStreamID) async throws(RedisError) -> [RedisPendingEntry] {
        try await client.xpending(keys[stream], group, from: .including(start), count: Self.page, consumer: consumer)
    }

    static var page: Int { 100 }

    /// Gets entries again that the server counts as this consumer's. It does not count as another delivery. Those that
    /// were removed from the stream are acknowledged.
    ///
    /// - Returns: The entries, and the ids of those that were removed.
    func take(_ stream: Int, _ pending: [RedisPendingEntry]) async throws(RedisError) -> (
        found: [Found], removed: [RedisStreamID]
    ) {
        var found: [Found] = []
        var removed: [RedisStreamID] = []
        if pending.isEmpty { return (found, removed) }
        // Another consumer may have got an entry since it was listed, so the script asks again whose it is.
        let arguments: [any RedisBytesConvertible] = [group, consumer] + pending.map(\.id)
        let reply = try await client.run(.takeEntries, keys: [keys[stream]], arguments: arguments)
        guard let parts = reply.elements, parts.count == pending.count else { throw .unexpectedReply("EVALSHA") }
        for (id, part) in zip(pending.map(\.id), parts) {
            guard let part = part.elements, let deliveries = part.first?.integer else { continue }
            if part.count > 1, let entry = RedisStreamEntry(reply: part[1]), !entry.isRemoved {
                found.append(Found(stream: stream, entry: entry, deliveries: deliveries))
            } else {
                removed.append(id)
            }
        }
        return (found, removed)
    }

    private func claimed(
        _ reply: RESPValue,
        _ asked: [(RedisStreamID, Int)],
        _ stream: Int
    ) throws(RedisError) -> (found: [Found], hasUnknown: Bool) {
        guard let list = reply.elements else { throw .unexpectedReply("XCLAIM") }
        let counts = Dictionary(asked) { first, _ in first }
        let found = list.compactMap { RedisStreamEntry(reply: $0) }.map {
            Found(stream: stream, entry: $0, deliveries: counts[$0.id] ?? 2)
        }
        return (found, found.count < list.count)
    }

    // MARK: Entries in hand

    /// What is known of an entry after its time was to be extended.
    enum Extension { case extended, removed, lost }

    /// Begins the time of entries anew.
    func extend(_ stream: Int, _ ids: [RedisStreamID]) async throws(RedisError) -> [Extension] {
        let arguments: [any RedisBytesConvertible] = [group, consumer] + ids
        let reply = try await client.run(
            .extendEntries,
            keys: [keys[stream]],
            arguments: arguments,
            timeout: options.visibility / 3
        )
        guard let numbers = reply.elements?.map(\.integer), numbers.count == ids.count else {
            throw .unexpectedReply("EVALSHA")
        }
        return numbers.map { $0 == 1 ? .extended : $0 == 0 ? .removed : .lost }
    }

    /// Acknowledges entries, and deletes them if that is wanted.
    ///
    /// - Parameters:
    ///   - stream: Their stream.
    ///   - ids: The entries, in ascending order.
    /// - Returns: For each whether it was pending.
    /// - Throws: What the client throws.
    func acknowledge(_ stream: Int, _ ids: [RedisStreamID]) async throws(RedisError) -> [Bool] {
        var replies: [RESPValue] = []
        if removes {
            let isCluster = client.configuration.cluster != nil
            let arguments: [any RedisBytesConvertible] = [group, channel ?? "", isCluster ? 1 : 0] + ids
            let reply = try await client.run(.acknowledgeAndDelete, keys: [keys[stream]], arguments: arguments)
            replies = reply.elements ?? []
        } else {
            var batch = RedisBatch()
            // One by one, so that the replies tell which of them were pending.
            for id in ids { batch.append(.xack(keys[stream], group, id)) }
            for result in try await client.send(batch) { replies.append(try result.get()) }
        }
        guard replies.count == ids.count else { throw .unexpectedReply("XACK") }
        return replies.map { $0.integer == 1 }
    }

    /// Gives entries back.
    ///
    /// - Parameters:
    ///   - stream: Of which stream.
    ///   - entries: Which, and how often each was delivered; 0 if that does not matter. One that was delivered more
    ///     often meanwhile is left alone: this consumer has got it again.
    ///   - isAttempt: Whether the delivery counts.
    ///   - mayRepeat: Whether the request may be repeated when the link is lost. It must not be while this consumer
    ///     reads, unless the delivery counts: the server could not tell otherwise that it has given the entry out again
    ///     since.
    ///   - delay: After what time they may be claimed.
    /// - Throws: What the client throws: they are claimed after the visibility then.
    func giveBack(
        _ stream: Int,
        _ entries: [(id: RedisStreamID, deliveries: Int)],
        isAttempt: Bool,
        mayRepeat: Bool,
        after delay: Duration
    ) async throws(RedisError) {
        let idle = max(options.visibility - delay, .zero)
        let mayAsk = delay <= .zero && !abilities.lacks(.negative)
        var arguments: [any RedisBytesConvertible] = [
            group, consumer, isAttempt ? 1 : 0, idle.wholeMilliseconds, mayAsk ? 1 : 0,
        ]
        for entry in entries { arguments += [entry.id, entry.deliveries] as [any RedisBytesConvertible] }
        let script = RedisScript.giveBackEntries(mayRepeat: mayRepeat)
        let reply = try await client.run(script, keys: [keys[stream]], arguments: arguments)
        if reply.elements?.first?.integer == 1 { abilities.learn(lacks: .negative) }
    }

    /// What became of an entry that was to be moved to the dead letters.
    enum DeadLetterOutcome: Sendable {
        /// It has this id there.
        case letter(RedisStreamID)
        /// Another consumer has it.
        case foreign
        /// Nobody has it: it was removed from the stream, or acknowledged.
        case gone
    }

    /// Moves an entry to the dead letters.
    func moveToDeadLetters(_ stream: Int, _ id: RedisStreamID, _ reason: String) async throws(RedisError)
        -> DeadLetterOutcome
    {
        let arguments: [any RedisBytesConvertible] = [
            group, consumer, id, removes ? 1 : 0, options.deadLetterLimit, reason,
        ]
        let keys: [any RedisBytesConvertible] = [keys[stream], StreamGroup.deadLetters(of: keys[stream])]
        let reply = try await client.run(.moveToDeadLetters, keys: keys, arguments: arguments)
        if let letter = RedisStreamID(reply: reply) { return .letter(letter) }
        return reply.integer == 1 ? .foreign : .gone
    }

    // MARK: Tidying up

    /// Removes consumers that have no entry: this one, or those that were not heard of for that time.
    func removeConsumers(_ stream: Int, idle: Duration?) async throws(RedisError) -> [RedisBytes] {
        var arguments: [any RedisBytesConvertible] = [group, consumer]
        if let idle { arguments.append(idle.wholeMilliseconds) }
        let reply = try await client.run(.removeConsumers, keys: [keys[stream]], arguments: arguments)
        return reply.elements?.compactMap(\.bytes) ?? []
    }

    /// Trims what all groups have acknowledged.
    func trim(_ stream: Int) async throws(RedisError) {
        try await client.run(.trimBehindGroups, keys: [keys[stream]], arguments: [1000])
    }
}

/// What the servers of a client are known to lack.
final class StreamAbilities: RedisClientAttachment {
    enum Ability: Hashable, Sendable {
        /// XREADGROUP with CLAIM (Redis 8.4).
        case claim
        /// XAUTOCLAIM (Redis 6.2).
        case autoclaim
        /// XNACK (Redis 8.8).
        case negative
    }

    private let lacking = Locked<Set<Ability>>([])

    init(to client: RedisClient) {}

    func clientClosed() {}

    func lacks(_ ability: Ability) -> Bool { lacking.withLock { $0.contains(ability) } }

    func learn(lacks ability: Ability) { lacking.withLock { _ = $0.insert(ability) } }
}

extension RedisStreamID {
    /// The lowest id above this one; of the highest id, itself.
    var successor: RedisStreamID {
        if sequence < .max { return RedisStreamID(milliseconds: milliseconds, sequence: sequence + 1) }
        if milliseconds == .max { return self }
        return RedisStreamID(milliseconds: milliseconds + 1, sequence: 0)
    }
}
