internal import RedisCommands
internal import RedisCore
internal import RedisRESP

extension RedisClient {
    /// Asks a stream for entries, and for what is known of it at the same moment.
    func answer(_ question: StreamMachine.Question, of stream: RedisBytes) async -> Result<
        StreamMachine.Answer, RedisError
    > {
        let information: RedisCommand = ["XINFO", "STREAM", stream]
        do throws(RedisError) {
            switch question {
            case .state: return .success(.found(try Self.snapshot(try await send(information), [])))
            case .from(let id, let count):
                return try await answer(.xrange(stream, from: .including(id), count: count), information)
            case .back(let id, let count):
                return try await answer(.xrevrange(stream, from: .including(id), count: count), information)
            }
        } catch {
            return error.lacksKey ? .success(.missing) : .failure(error)
        }
    }

    private func answer(
        _ range: RedisRequest<[RedisStreamEntry]>,
        _ information: RedisCommand
    ) async throws(RedisError) -> Result<StreamMachine.Answer, RedisError> {
        var batch = RedisBatch()
        let entries = batch.append(range)
        batch.append(information)
        let results = try await atomically(batch)
        let found = try results[entries].get()
        return .success(.found(try Self.snapshot(try results[1].get(), found)))
    }

    private static func snapshot(
        _ reply: RESPValue,
        _ entries: [RedisStreamEntry]
    ) throws(RedisError) -> StreamSnapshot {
        guard let snapshot = StreamSnapshot(information: reply, entries: entries) else {
            throw .unexpectedReply("XINFO")
        }
        return snapshot
    }

    /// Waits until one of these streams has entries behind its id, at most so long. Returns the names of those that
    /// have. It is sent once, over an exclusive link; a task that is cancelled ends it at the server.
    func waitForEntries(
        behind ids: [RedisBytes: RedisStreamID],
        atMost limit: Duration
    ) async -> Result<[RedisBytes], RedisError> {
        let request = RedisRequest.xread(
            RedisStreamPositions(ids.mapValues { .after($0) }),
            count: 1,
            blocking: limit
        )
        // A server that does not end it in time may not be there any more.
        return await sendOnce(blocking: request, timeout: limit + .seconds(2)).map { Array($0.keys) }
    }
}

extension RedisError {
    /// Whether the server says that there is no such key.
    var lacksKey: Bool { serverMessage?.hasPrefix("ERR no such key") == true }
}
