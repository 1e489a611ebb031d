internal import Logging
internal import RedisReactor

/// Knows the shape of a cluster, and keeps knowing it: `TopologyMachine` at work.
///
/// Safe from any thread. Observers are called on the loop. One round of questions runs at a time, over connections that
/// end with it; in between there is nothing but a timer. `close` ends all of it.
package final class ClusterTopology: Sendable {
    struct State {
        var machine: TopologyMachine
        var random = ShuffleGenerator()
        var isClosed = false
        var round: Task<Void, Never>?
        /// The number of the last step.
        var version = 0
        /// Of the first shape.
        var loads: [Promise<ClusterShape>] = []
        var waiters: [RefreshWaiter] = []
        var observers = TopologyObservers()
        /// Where the links of discoveries are, and which of them cannot get there.
        var places: [ObjectIdentifier: RedisEndpoint] = [:]
        var troubled: Set<ObjectIdentifier> = []
    }

    struct RefreshWaiter {
        /// A round counts that begins then or later.
        var after: ContinuousClock.Instant
        var promise: Promise<Void>
    }

    package let configuration: RedisConfiguration
    package let loop: RedisEventLoop
    let state: Locked<State>
    /// Begins the next round.
    let timer = DeadlineCall()

    /// Prepares; nothing is asked yet. `configuration.cluster` says where to begin; without one that is
    /// `configuration.endpoint`.
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

    /// The shape that was accepted last, with what MOVED told since.
    package var shape: ClusterShape? { state.withLock { $0.machine.shape } }

    /// When that shape was asked for: until then at least, it was right. Also moves when a shape is the same as before.
    package var verifiedAt: Moment? { state.withLock { $0.machine.verifiedAt } }

    /// When the accepted shape before that was asked for.
    package var verifiedBefore: Moment? { state.withLock { $0.machine.verifiedBefore } }

    /// Whether a discovery cannot get to where the shape says. It is asked for again and again meanwhile.
    package var isTroubled: Bool { state.withLock { $0.machine.isTroubled } }

    /// Asks for the first shape, if there is none. From then on it is kept fresh.
    package func start() {
        state.withLock { state in
            if state.machine.shape == nil { state.machine.want(.first) }
        }
        step()
    }

    /// Ends everything: who waits gets `.closed`, no observer is called any more. Idempotent.
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

    /// The same, and returns when no connection and no task of it is left.
    package func finish() async {
        close()
        await state.withLock { $0.round }?.value
    }

    /// Asks for a new shape soon, `preferring` first. Many calls make one round, and never more than one in 100 ms.
    package func refresh(_ reason: RefreshReason, preferring endpoint: RedisEndpoint? = nil) {
        state.withLock { $0.machine.want(reason, preferring: endpoint) }
        step()
    }

    /// A node has failed somebody: others are asked before it, until it has answered.
    package func distrust(_ endpoint: RedisEndpoint) { state.withLock { $0.machine.failed(endpoint) } }

    /// A server answered MOVED: the slot belongs to the shard of the node named there from now on, when that is known,
    /// and a new shape is asked for, that node first. Returns the shard.
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

    /// The same for the address as it stands in the error: without a host it is that of `source`, who sent it; the
    /// configuration's translation applies.
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
