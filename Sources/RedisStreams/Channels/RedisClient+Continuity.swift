internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisRESP

extension RedisClient {
    /// Asks the stream of a channel.
    func answer(
        _ question: ContinuityMachine.Question,
        of name: RedisBytes
    ) async -> Result<ContinuityMachine.Answer, RedisError> {
        do throws(RedisError) {
            switch question {
            case .last:
                let entries = try await xrevrange(name, count: 1)
                return .success(.entries(entries.map { DurableEntry($0) }))
            case .from(let id, let count):
                let entries = try await xrange(name, from: .including(id), count: count)
                return .success(.entries(entries.map { DurableEntry($0) }))
            case .back(let id, let count):
                let entries = try await xrevrange(name, from: .including(id), count: count)
                return .success(.entries(entries.map { DurableEntry($0) }))
            case .information:
                let reply = try await send(["XINFO", "STREAM", name])
                guard let last = reply["last-generated-id"].flatMap({ RedisStreamID(reply: $0) }) else {
                    throw .unexpectedReply("XINFO")
                }
                return .success(.information(lastID: last))
            }
        } catch {
            if question == .information, error.lacksKey { return .success(.missing) }
            return .failure(error)
        }
    }

    /// The keys of streams that begin with a prefix, in all shards.
    func streams(withPrefix prefix: RedisBytes, limit: Int) async throws -> [RedisBytes] {
        do { return Array(try await keys(withPrefix: prefix, limit: limit, ofStreams: true)) } catch {
            // Before Redis 6.0 SCAN knows no types.
            guard (error as? RedisError)?.serverMessage?.hasPrefix("ERR syntax") == true else { throw error }
        }
        var streams: [RedisBytes] = []
        for key in try await keys(withPrefix: prefix, limit: .max, ofStreams: false) {
            if try await type(key) == .stream { streams.append(key) }
            if streams.count > limit { break }
        }
        return streams
    }

    private func keys(withPrefix prefix: RedisBytes, limit: Int, ofStreams: Bool) async throws -> Set<RedisBytes> {
        var keys: Set<RedisBytes> = []
        for try await key in scan(match: Glob.beginning(with: prefix), count: 1000, type: ofStreams ? .stream : nil) {
            keys.insert(key)
            if keys.count > limit { break }
        }
        return keys
    }
}
