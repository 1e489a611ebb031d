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
            let shape = try await known()
            replies = replies.filter { shape.shard(at: $0.key) != nil }
            let questions = shape.nodes.filter { replies[$0.endpoint] == nil }.map {
                ($0, put(command, to: $0.endpoint))
            }
            let asked = ContinuousClock.now
            var failed: RedisError?
            for (node, promise) in questions {
                let limit = node.isHealthy ? deadline : min(deadline, asked.advanced(by: Self.leniency))
                do throws(RedisError) {
                    replies[node.endpoint] = try await value(of: promise, by: limit)
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

    private nonisolated func put(_ command: RedisCommand, to node: RedisEndpoint) -> Promise<RESPValue> {
        let promise = Promise<RESPValue>()
        onLoop { $0.dispatch(ClusterCommand(command, to: .node(node), for: promise)) }
        return promise
    }

    private nonisolated func value(
        of promise: Promise<RESPValue>,
        by deadline: ContinuousClock.Instant
    ) async throws(RedisError) -> RESPValue {
        let timer = ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) {
            promise.complete(.failure(.noReplyInTime))
        }
        defer { timer.cancel() }
        return try await promise.value()
    }

    /// The shape. Waits for the first one.
    private nonisolated func known() async throws(RedisError) -> ClusterShape {
        if let shape = topology.shape { return shape }
        onLoop { $0.start() }
        return try await topology.load()
    }
}
