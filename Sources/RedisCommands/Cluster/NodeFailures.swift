/// Nodes that could not be reached, and when each is tried again. A plain value.
struct NodeFailures {
    private struct Failure {
        var error: RedisError
        var count: Int
        var retryAt: ContinuousClock.Instant
    }

    private var nodes: [RedisEndpoint: Failure] = [:]

    var isEmpty: Bool { nodes.isEmpty }

    /// Why and until when nothing is sent to a node; `nil` when it may be tried.
    func pause(of endpoint: RedisEndpoint, at now: ContinuousClock.Instant) -> (
        error: RedisError, end: ContinuousClock.Instant
    )? {
        guard let failure = nodes[endpoint], failure.retryAt > now else { return nil }
        return (failure.error, failure.retryAt)
    }

    /// When a node is tried again, if it has failed.
    func retry(of endpoint: RedisEndpoint) -> ContinuousClock.Instant? { nodes[endpoint]?.retryAt }

    /// The error of the first failed node that `isMeant` selects.
    func error(where isMeant: (RedisEndpoint) -> Bool) -> RedisError? { nodes.first { isMeant($0.key) }?.value.error }

    /// Notes that a node could not be reached. The pause doubles from 20 ms up to half a second.
    mutating func failed(_ endpoint: RedisEndpoint, _ error: RedisError, at now: ContinuousClock.Instant) {
        var failure = nodes[endpoint] ?? Failure(error: error, count: 0, retryAt: now)
        failure.error = error
        // Commands that fail together count as one failure.
        if failure.retryAt <= now {
            failure.count += 1
            failure.retryAt = now.advanced(by: .milliseconds(min(10 << min(failure.count, 6), 500)))
        }
        nodes[endpoint] = failure
    }

    /// Notes that a node is of no use until `end`.
    mutating func failed(_ endpoint: RedisEndpoint, _ error: RedisError, until end: ContinuousClock.Instant) {
        nodes[endpoint] = Failure(error: error, count: 1, retryAt: end)
    }

    /// Forgets the failure of a node that has replied or is not needed any more.
    mutating func forget(_ endpoint: RedisEndpoint) { nodes[endpoint] = nil }

    /// Keeps the nodes that `isMeant` selects.
    mutating func keep(where isMeant: (RedisEndpoint) -> Bool) { nodes = nodes.filter { isMeant($0.key) } }
}

/// The node for commands without keys: one primary, while it is healthy. A plain value.
struct KeylessNode {
    private var node: RedisEndpoint?
    /// The previous node, which was not healthy.
    private var former: RedisEndpoint?

    /// The node among the healthy primaries; `nil` when there is none.
    mutating func choose(among primaries: [RedisEndpoint]) -> RedisEndpoint? {
        if let node, primaries.contains(node) { return node }
        node = primaries.filter { $0 != former }.randomElement() ?? primaries.first
        return node
    }

    /// Uses another node from now on, if there is one.
    mutating func leave(_ endpoint: RedisEndpoint) {
        guard node == endpoint else { return }
        former = endpoint
        node = nil
    }
}
