// Questions to all nodes of the cluster.
extension CommandCluster {
    /// How many shapes of the cluster are tried, if nodes leave while they are being asked.
    private static var mostRounds: Int { 4 }

    /// The timeout of a node that the cluster considers failing. A replica counts as failing until it has its primary's
    /// data, and may have subscribers already.
    private static var leniency: Duration { .seconds(1) }

    /// Asks every node. A healthy node that does not reply causes an error that names it, unless the cluster considers
    /// it failed by then. Nodes that have joined meanwhile are asked too. The replies of unhealthy nodes count if they
    /// come.
    nonisolated func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue] {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        var replies: [RedisEndpoint: RESPValue] = [:]
        var failure = RedisError(.noServer, "no node of the cluster is well", phase: .command)
        for _ in 0..<Self.mostRounds {
            let shape = try await known(until: deadline)
            replies = replies.filter { shape.shard(at: $0.key) != nil }
            let asked = ContinuousClock.now
            let questions = shape.nodes.filter { replies[$0.endpoint] == nil }.map { node in
                let limit = node.isHealthy ? deadline : min(deadline, asked.advanced(by: Self.leniency))
                return (node, put(command, to: node.endpoint, until: limit))
            }
            var failed: RedisError?
            for (node, promise) in questions {
                do throws(RedisError) {
                    replies[node.endpoint] = try await promise.value()
                } catch {
                    if error.code == .cancelled { throw error }
                    if node.isHealthy { failed = error.at(node.endpoint, .command) }
                }
            }
            guard let error = failed else {
                guard !replies.isEmpty else { throw failure }
                return Array(replies.values)
            }
            failure = error
            guard error.isOfTheNode, error.code != .timedOut else { throw error }
            await topology.refreshed(.linkLost, after: asked, within: .seconds(1))
            let isBelieved = topology.shape?.nodes.contains { $0.endpoint == error.endpoint && $0.isHealthy } ?? true
            if isBelieved { throw error }
        }
        throw failure
    }

    nonisolated func put(
        _ command: RedisCommand,
        to node: RedisEndpoint,
        until deadline: ContinuousClock.Instant
    ) -> Promise<RESPValue> {
        let promise = Promise<RESPValue>()
        let recipient = CommandRecipient.call { promise.complete($0) }
        let call = ClusterCall(id: CommandLink.nextID(), deadline: deadline, recipient: recipient)
        onLoop { $0.dispatch(ClusterCommand(command, to: .node(node), call)) }
        return promise
    }

    /// The shape. Waits for the first one, until `deadline`.
    nonisolated func known(until deadline: ContinuousClock.Instant? = nil) async throws(RedisError) -> ClusterShape {
        if let shape = topology.shape { return shape }
        onLoop { $0.start() }
        return try await topology.load(until: deadline)
    }
}
