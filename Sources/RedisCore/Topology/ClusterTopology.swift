internal import Logging
internal import RedisReactor

/// Keeps the shape of a cluster up to date by doing the steps of `TopologyMachine`.
///
/// Safe from any thread. Observers are called on the loop. One round of questions runs at a time, over connections that
/// are closed after it. Between rounds there is only a timer. `close` ends everything.
package final class ClusterTopology: Sendable {
    struct State {
        var machine: TopologyMachine
        var random = ShuffleGenerator()
        var isClosed = false
        var round: Task<Void, Never>?
        /// The number of the last step.
        var version = 0
        /// The promises of the first shape.
        var loads: [Promise<ClusterShape>] = []
        var waiters: [RefreshWaiter] = []
        var observers = TopologyObservers()
        /// The nodes of the discoveries' links, and which links cannot get there.
        var places: [ObjectIdentifier: RedisEndpoint] = [:]
        var troubled: Set<ObjectIdentifier> = []
    }

    struct RefreshWaiter {
        /// Only a round that begins then or later counts.
        var after: ContinuousClock.Instant
        var promise: Promise<Void>
    }

    package let configuration: RedisConfiguration
    package let loop: RedisEventLoop
    let state: Locked<State>
    /// Starts the next round.
    let timer = DeadlineCall()

    /// Prepares; nothing is asked yet. `configuration.cluster` contains the seeds; without it, `configuration.endpoint`
    /// is the seed.
    package init(_ configuration: RedisConfiguration, loop: RedisEventLoop) {
        self.configuration = configuration
        self.loop = loop
        let cluster = configuration.cluster ?? RedisClusterConfiguration(seeds: [configuration.endpoint])
        let machine = TopologyMachine(
            seeds: cluster.seeds,
            interval: cluster.refreshInterval,
            mostAsked: cluster.nodesAskedPerRound
        )
        state = Locked(State(machine: machine))
    }

    /// The shape that was accepted last, with later changes by MOVED.
    package var shape: ClusterShape? { state.withLock { $0.machine.shape } }

    /// When that shape was requested. It was right at least until then. Also updated when a shape is the same as
    /// before.
    package var verifiedAt: Moment? { state.withLock { $0.machine.verifiedAt } }

    /// When the previous accepted shape was requested.
    package var verifiedBefore: Moment? { state.withLock { $0.machine.verifiedBefore } }

    /// Whether a discovery cannot connect to a node of the shape. Meanwhile the shape is refreshed again and again.
    package var isTroubled: Bool { state.withLock { $0.machine.isTroubled } }

    /// Requests the first shape, if there is none. From then on the shape is kept up to date.
    package func start() {
        state.withLock { state in
            if state.machine.shape == nil { state.machine.want(.first) }
        }
        step()
    }

    /// Ends everything: waiters get `.closed`, and no observer is called any more. Idempotent.
    package func close() {
        let ended = state.withLock { state in
            state.isClosed = true
            defer {
                state.observers = TopologyObservers()
                state.loads = []
                state.waiters = []
            }
            return state
        }
        ended.round?.cancel()
        for load in ended.loads { load.complete(.failure(.topologyClosed)) }
        for waiter in ended.waiters { waiter.promise.complete(.success(())) }
        step()
    }

    /// Ends everything, as `close` does, and returns when no connection and no task is left.
    package func finish() async {
        close()
        await state.withLock { $0.round }?.value
    }

    /// Requests a new shape soon, from `preferring` first. Many calls cause one round, and at most one in 100 ms.
    package func refresh(_ reason: RefreshReason, preferring endpoint: RedisEndpoint? = nil) {
        state.withLock { $0.machine.want(reason, preferring: endpoint) }
        step()
    }

    /// Notes that a node has failed. Others are asked before it until it replies.
    package func distrust(_ endpoint: RedisEndpoint) { state.withLock { $0.machine.failed(endpoint) } }

    /// Handles MOVED: from now on the slot belongs to the shard of that node, if the node is known. A new shape is
    /// requested, from that node first. Returns the shard.
    @discardableResult
    package func moved(slot: Int, to endpoint: RedisEndpoint) -> ClusterShape.Shard? {
        let (shard, isNew) = state.withLock { state in
            let before = state.machine.shape
            let shard = state.machine.moved(slot: slot, to: endpoint)
            let isNew = state.machine.shape != before
            if isNew { state.observers.shapeChanged() }
            return (shard, isNew)
        }
        if isNew { tellObservers() }
        step()
        return shard
    }

    /// Handles MOVED with the address in the error. Without a host it means the host of `source`, which sent it. The
    /// configuration's translation is applied.
    @discardableResult
    package func moved(slot: Int, to address: String, from source: RedisEndpoint) -> ClusterShape.Shard? {
        guard let endpoint = AddressReader(configuration).endpoint(moved: address, asked: source) else {
            refresh(.moved)
            return nil
        }
        return moved(slot: slot, to: endpoint)
    }
}

extension RedisError {
    static var topologyClosed: RedisError { RedisError(.closed, "closed") }
}
