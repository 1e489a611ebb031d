// Batches: each node gets its commands in one write, and what it redirects goes on as single commands.
extension CommandCluster {
    nonisolated func attempt(_ batch: RedisBatch, until deadline: ContinuousClock.Instant?) async -> (
        [Result<RESPValue, RedisError>], chunkCount: Int
    ) {
        let id = CommandLink.nextID()
        let wait = BatchWait<Result<RESPValue, RedisError>>(count: batch.count)
        let writes = Locked(0)
        let results = await withTaskCancellationHandler {
            onLoop { cluster in
                let count = cluster.dispatch(batch, id, deadline, wait)
                writes.withLock { $0 = count }
            }
            if Task.isCancelled { cancel(id) }
            return await wait.value()
        } onCancel: {
            cancel(id)
        }
        return (results, writes.withLock { $0 })
    }

    nonisolated func tally(_ batch: RedisBatch, until deadline: ContinuousClock.Instant?) async -> RedisBatchTally {
        let (results, chunkCount) = await attempt(batch, until: deadline)
        var tally = RedisBatchTally()
        tally.chunkCount = chunkCount
        for (index, result) in results.enumerated() {
            guard case .failure(let error) = result else {
                tally.successCount += 1
                continue
            }
            tally.errorCount += 1
            if tally.errors.count < CommandReplies.mostErrors { tally.errors.append((index, error)) }
        }
        return tally
    }

    /// Gives each node its part of the batch. Commands that have no node yet go as single ones. Returns the number of
    /// writes.
    private func dispatch(
        _ batch: RedisBatch,
        _ id: Int,
        _ deadline: ContinuousClock.Instant?,
        _ wait: BatchWait<Result<RESPValue, RedisError>>
    ) -> Int {
        var parts: [RedisEndpoint: [ClusterCommand]] = [:]
        var writes = 0
        for index in 0..<batch.count {
            let command = batch.command(at: index)
            let call = ClusterCall(id: id, deadline: deadline, recipient: .call { wait.ended(index, $0) })
            let target = CommandTarget(command, learnt: learnedRules)
            if let (item, node) = destination(of: command, target, call) {
                parts[node, default: []].append(item)
            } else {
                writes += 1
                take(command, target, call)
            }
        }
        for (node, items) in parts { writes += deliver(items, to: node) }
        return writes
    }

    /// The node that takes a command now, if that is clear.
    private func destination(
        of command: RedisCommand,
        _ target: CommandTarget,
        _ call: ClusterCall
    ) -> (ClusterCommand, RedisEndpoint)? {
        guard !isClosed, early.isEmpty, let shape = topology.shape else { return nil }
        let item: ClusterCommand
        switch target {
        case .slot(let slot): item = ClusterCommand(command, to: .slot(slot), call)
        case .anywhere: item = ClusterCommand(command, to: .anywhere, call)
        case .severalSlots, .asked, .unknown: return nil
        }
        guard case .success(let node) = node(for: item, shape), failures.pause(of: node, at: .now) == nil else {
            return nil
        }
        return (item, node)
    }

    private func deliver(_ items: [ClusterCommand], to node: RedisEndpoint) -> Int {
        let link: CommandLink
        do throws(RedisError) { link = try self.link(to: node) } catch {
            for item in items { item.fail(error) }
            return 0
        }
        var batch = RedisBatch()
        for item in items { batch.append(item.command) }
        let chunks = batch.chunks(within: nodeConfiguration.commands.inFlight)
        for chunk in chunks {
            link.handOver(
                CommandSlot(
                    batch.encoded,
                    batch.bytes(of: chunk),
                    count: chunk.count,
                    id: items[0].id,
                    deadline: items[0].deadline,
                    .several(keepsReplies: true) { [batch] replies in
                        self.assumeIsolated { cluster in
                            for (item, result) in zip(items[chunk], batch.results(of: chunk, replies)) {
                                if let error = replies.cancellation(instead: result) {
                                    item.fail(error)
                                } else {
                                    cluster.ended(result, item, at: node)
                                }
                            }
                        }
                    }
                )
            )
        }
        return chunks.count
    }

    /// Sends a command whose keys have several slots as one command for each slot.
    func take(_ split: SlotSplit, _ call: ClusterCall) {
        let wait = BatchWait<Result<RESPValue, RedisError>>(count: split.parts.count) {
            call.recipient.end(split.merge($0))
        }
        for (index, part) in split.parts.enumerated() {
            let partCall = ClusterCall(id: call.id, deadline: call.deadline, recipient: .call { wait.ended(index, $0) })
            take(part.command, .slot(part.slot), partCall)
        }
    }
}

/// A command over keys of several slots, as a command for each slot: MGET, MSET, DEL, UNLINK, EXISTS and TOUCH, whose
/// replies can be put together. The parts run at different times.
package struct SlotSplit: Sendable {
    package struct Part: Sendable {
        package let slot: Int
        package let command: RedisCommand
        /// The positions of the keys in the original command, counted in keys.
        package let positions: [Int]
    }

    private enum Reply: Sendable { case sum, values, ok }

    package let parts: [Part]
    private let reply: Reply
    private let keyCount: Int

    /// `nil` for a command that cannot be split.
    package init?(_ command: RedisCommand) {
        let arguments = command.arguments
        let step: Int
        switch command.name.commandName {
        case "DEL", "UNLINK", "EXISTS", "TOUCH": (step, reply) = (1, .sum)
        case "MGET": (step, reply) = (1, .values)
        case "MSET": (step, reply) = (2, .ok)
        default: return nil
        }
        guard arguments.count > step, (arguments.count - 1).isMultiple(of: step) else { return nil }
        var bySlot: [Int: (arguments: [RedisBytes], positions: [Int])] = [:]
        var order: [Int] = []
        for (position, index) in stride(from: 1, to: arguments.count, by: step).enumerated() {
            let slot = HashSlot.slot(of: arguments[index])
            if bySlot[slot] == nil { order.append(slot) }
            bySlot[slot, default: ([arguments[0]], [])].arguments += arguments[index..<(index + step)]
            bySlot[slot]?.positions.append(position)
        }
        keyCount = (arguments.count - 1) / step
        parts = order.map { slot in
            let part = bySlot[slot] ?? ([], [])
            return Part(slot: slot, command: RedisCommand(part.arguments), positions: part.positions)
        }
    }

    /// The reply of the whole. If one part failed, its error is the result, and says whether any part was executed. So
    /// does the error for a reply of another form than a part's command has.
    package func merge(_ results: [Result<RESPValue, RedisError>]) -> Result<RESPValue, RedisError> {
        var values = [RESPValue](repeating: .null, count: keyCount)
        var sum = 0
        var failure: RedisError?
        var isExecuted = false
        var isUnknown = false
        for (part, result) in zip(parts, results) {
            switch result {
            case .failure(let error):
                failure = failure ?? error
                if error.execution == .executed { isExecuted = true }
                if error.execution == .unknown { isUnknown = true }
            case .success(let value):
                isExecuted = true
                switch reply {
                case .sum:
                    guard let count = value.count else { break }
                    sum = sum.addingSaturated(count)
                    continue
                case .values:
                    guard let elements = value.elements, elements.count == part.positions.count else { break }
                    for (position, element) in zip(part.positions, elements) { values[position] = element }
                    continue
                case .ok:
                    if value == .simpleString("OK") { continue }
                }
                failure = failure ?? .unexpectedReply(part.command)
            }
        }
        if let failure { return .failure(failure.with(isExecuted ? .executed : isUnknown ? .unknown : .notExecuted)) }
        switch reply {
        case .sum: return .success(.integer(sum))
        case .values: return .success(.array(values))
        case .ok: return .success(.simpleString("OK"))
        }
    }
}
