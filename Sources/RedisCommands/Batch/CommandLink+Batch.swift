extension CommandLink {
    /// Sends the commands of a batch, chunk by chunk, and returns their outcomes in order.
    func attempt(
        _ batch: RedisBatch,
        until deadline: ContinuousClock.Instant?,
        within limit: RedisInFlightLimit
    ) async -> ([Result<RESPValue, RedisError>], chunkCount: Int) {
        let chunks = batch.chunks(within: limit)
        let parts = await send(batch, chunks, until: deadline, keepsReplies: true)
        let results = zip(chunks, parts).map { batch.results(of: $0, $1) }
        return (results.count == 1 ? results[0] : results.flatMap { $0 }, chunks.count)
    }

    /// Sends the commands of a batch, chunk by chunk, and counts their replies.
    func tally(
        _ batch: RedisBatch,
        until deadline: ContinuousClock.Instant?,
        within limit: RedisInFlightLimit
    ) async -> RedisBatchTally {
        let chunks = batch.chunks(within: limit)
        var tally = RedisBatchTally()
        for (chunk, replies) in zip(chunks, await send(batch, chunks, until: deadline, keepsReplies: false)) {
            tally.chunkCount += 1
            tally.successCount += replies.count - replies.errorCount
            tally.errorCount += replies.errorCount + chunk.count - replies.count
            tally.errors += replies.errors.map { (chunk.lowerBound + $0.index, $0.error) }
            if let end = replies.end, replies.count < chunk.count {
                let index = chunk.lowerBound + replies.count
                let position = batch.range(of: index).upperBound - batch.bytes(of: chunk).lowerBound
                tally.errors.append((index, end.error.outcome(ofEnd: position, writtenBytes: end.writtenBytes)))
            }
        }
        return tally
    }

    private func send(
        _ batch: RedisBatch,
        _ chunks: [Range<Int>],
        until deadline: ContinuousClock.Instant?,
        keepsReplies: Bool
    ) async -> [CommandReplies] {
        let id = Self.nextID()
        let wait = BatchWait<CommandReplies>(count: chunks.count)
        return await withTaskCancellationHandler {
            for (index, chunk) in chunks.enumerated() {
                handOver(
                    CommandSlot(
                        batch.encoded,
                        batch.bytes(of: chunk),
                        count: chunk.count,
                        id: id,
                        deadline: deadline,
                        .several(keepsReplies: keepsReplies) { wait.ended(index, $0) }
                    )
                )
            }
            if Task.isCancelled { cancel([id]) }
            return await wait.value()
        } onCancel: {
            cancel([id])
        }
    }

    /// Hands over a block of commands in one piece. The recipient gets the array of all replies, in which errors are
    /// values.
    func handOver(
        block: RedisBatch,
        id: Int,
        deadline: ContinuousClock.Instant?,
        _ recipient: CommandRecipient
    ) {
        handOver(
            CommandSlot(
                block.encoded,
                0..<block.encoded.count,
                count: block.count,
                id: id,
                deadline: deadline,
                .several(keepsReplies: true) { recipient.end($0.ofBlock(byteCount: block.encoded.count)) }
            )
        )
    }
}

extension CommandReplies {
    /// The replies of a block as one value. A block of which the last byte was not written did not run: its EXEC is
    /// missing. That holds only if the server has not refused its MULTI.
    func ofBlock(byteCount: Int) -> Result<RESPValue, RedisError> {
        if let end {
            if case .failure? = replies.first { return .failure(end.error.with(.unknown)) }
            return .failure(end.error.outcome(ofEnd: byteCount, writtenBytes: end.writtenBytes))
        }
        return .success(
            .array(
                replies.map { reply in
                    switch reply {
                    case .success(let value): value
                    case .failure(let error): .error(RedisBytes(error.serverMessage ?? error.message))
                    }
                }
            )
        )
    }
}

extension RedisBatch {
    /// The outcomes of the commands of a chunk.
    func results(of chunk: Range<Int>, _ replies: CommandReplies) -> [Result<RESPValue, RedisError>] {
        guard let end = replies.end else { return replies.replies }
        var results = replies.replies
        let start = bytes(of: chunk).lowerBound
        for index in chunk.dropFirst(results.count) {
            let position = range(of: index).upperBound - start
            results.append(.failure(end.error.outcome(ofEnd: position, writtenBytes: end.writtenBytes)))
        }
        return results
    }
}
