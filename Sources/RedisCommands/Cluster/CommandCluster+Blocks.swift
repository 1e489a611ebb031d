// Blocks that one node has to get in one piece, and the nodes of exclusive links.
extension CommandCluster {
    nonisolated func handOver(
        block: RedisBatch,
        id: Int,
        deadline: ContinuousClock.Instant?,
        _ recipient: CommandRecipient
    ) {
        var slot: Int?
        for index in 0..<block.count {
            let command = block.command(at: index)
            let target = CommandTarget(command)
            if case .slot(let next) = target, slot == nil || slot == next {
                slot = next
            } else if case .anywhere = target {
                continue
            } else if target == .asked || target == .unknown {
                continue
            } else {
                let text = "the keys of a transaction belong to one slot, and those of command \(index - 1) do not"
                return recipient.fail(
                    RedisError(.invalidCommand, text, phase: .command).with(.notExecuted),
                    writtenBytes: 0
                )
            }
        }
        let call = ClusterCall(id: id, deadline: deadline, recipient: recipient)
        var item = ClusterCommand(
            RedisCommand(encoded: block.encoded),
            to: slot.map { .slot($0) } ?? .anywhere,
            call
        )
        item.blockCount = block.count
        onLoop { [item] in $0.dispatch(item) }
    }

    nonisolated func attempt(_ command: RedisCommand, at node: RedisEndpoint?, timeout: Duration?) async -> Result<
        RESPValue, RedisError
    > {
        guard let node else { return await attempt(command, timeout: timeout) }
        let promise = put(command, to: node, until: ContinuousClock.now.advanced(by: timeout ?? .seconds(30)))
        do throws(RedisError) { return .success(try await promise.value()) } catch { return .failure(error) }
    }

    nonisolated func node(of keys: [RedisBytes], until deadline: ContinuousClock.Instant?) async throws(RedisError)
        -> RedisEndpoint?
    {
        let target = CommandTarget(keys: keys)
        if target == .severalSlots {
            throw RedisError(.invalidCommand, "the keys belong to several slots", phase: .command)
        }
        _ = try await known(until: deadline)
        var attempts = 0
        while true {
            do throws(RedisError) {
                return try await node(of: target)
            } catch {
                // Another node may take over while the caller waits, as with the commands of the shared links.
                guard error.code == .noServer else { throw error.with(.notExecuted) }
                attempts += 1
                let pause = Duration.milliseconds(min(20 << min(attempts - 1, 8), 500))
                if let deadline, ContinuousClock.now.advanced(by: pause) >= deadline {
                    let text = "no node in time; at last: \(error.message)"
                    let late = RedisError(.timedOut, text, phase: .command, underlyingError: error)
                    throw late.with(.notExecuted)
                }
                topology.refresh(.noServer)
                guard (try? await Task.sleep(for: pause)) != nil else { throw .taskCancelled.with(.notExecuted) }
            }
        }
    }

    func keyHolders() async throws(RedisError) -> [RedisEndpoint] {
        try await known().shards.compactMap { node(of: $0)?.endpoint }
    }

    private func node(of target: CommandTarget) throws(RedisError) -> RedisEndpoint {
        guard !isClosed, let shape = topology.shape else { throw .closed }
        let call = ClusterCall(id: 0, deadline: nil, recipient: .nobody)
        var destination = ClusterCommand.Destination.anywhere
        if case .slot(let slot) = target { destination = .slot(slot) }
        return try node(for: ClusterCommand([], to: destination, call), shape).get()
    }

    func refused(_ error: RedisError, by node: RedisEndpoint?) async -> Bool {
        let asked = ContinuousClock.now
        if let node, let redirection = error.serverMessage.flatMap({ ClusterRedirection($0) }) {
            if !redirection.isTemporary { topology.moved(slot: redirection.slot, to: redirection.address, from: node) }
            return true
        }
        guard error.isOfTheNode || error.isTransient else { return false }
        await topology.refreshed(.linkLost, after: asked, within: .seconds(1))
        return true
    }

    nonisolated func configuration(of node: RedisEndpoint?) -> RedisConfiguration {
        var configuration = nodeConfiguration
        if let node { configuration.endpoint = node }
        return configuration
    }
}

extension RedisError {
    /// Whether a node has refused the command because the slot is elsewhere or is not served at the moment.
    fileprivate var isOfTheSlot: Bool {
        switch serverPrefix {
        case "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN": isAnswer
        default: false
        }
    }
}

extension CommandReplies {
    /// The replies of a block on a node of a cluster. If the node has refused a command of it because the slot is
    /// elsewhere, nothing was executed, and the whole block goes on; but only if the node knew that it was a block.
    func ofClusterBlock(byteCount: Int) -> Result<RESPValue, RedisError> {
        let hasRun = replies.contains { if case .success = $0 { true } else { false } }
        switch (replies.first, replies.last) {
        case (_, .success?): return ofBlock(byteCount: byteCount)
        case (.failure?, _) where hasRun: return ofBlock(byteCount: byteCount)
        default: break
        }
        for reply in replies {
            guard case .failure(let error) = reply, error.isOfTheSlot else { continue }
            return .failure(cancellation(instead: reply) ?? error)
        }
        return ofBlock(byteCount: byteCount)
    }

    /// The error for a command that a node has refused, so that it would be sent again, when the caller has given up
    /// before the last reply came.
    func cancellation(instead result: Result<RESPValue, RedisError>) -> RedisError? {
        guard let end, end.error.code == .cancelled, case .failure(let error) = result, error.isOfTheSlot else {
            return nil
        }
        return end.error.with(.notExecuted)
    }
}
