/// Decides when a cluster is asked for its shape, which nodes are asked, and which replies are accepted.
///
/// One round of questions runs at a time: nodes are asked one after another until a reply is accepted.
/// `RefreshSchedule` decides when a round begins, and `RefreshTargets` decides which nodes are asked.
package struct TopologyMachine: Sendable {
    /// The next step.
    package enum Step: Sendable, Hashable {
        /// Ask these nodes, in this order, and call `roundIsOver` at the end.
        case ask([RedisEndpoint])
        /// Call `step` again at that time.
        case wait(until: ContinuousClock.Instant)
        /// A round is in progress, or nobody needs a shape.
        case nothing
    }

    /// After this many rounds, and this time, in which all replies were unreliable, the best of them is accepted.
    package static let mostUnreliableRounds = 3
    package static let longestUnreliableTime = Duration.seconds(2)

    /// Replies that were not accepted.
    private struct UnreliableReplies {
        /// The best reply of the current round.
        var best: ClusterReply?
        var rounds = 0
        var since: ContinuousClock.Instant?
    }

    package private(set) var shape: ClusterShape?
    /// When the node of the last accepted reply was asked, and that of the one before.
    package private(set) var verifiedAt: Moment?
    package private(set) var verifiedBefore: Moment?
    /// The highest epoch of an accepted reply.
    package private(set) var epoch = 0
    private var schedule: RefreshSchedule
    private var targets: RefreshTargets
    private var nextID = 1
    private var wasOK = true
    /// Moves that MOVED reported since the round began. They are newer than the replies of the round.
    private var moves: [Int: RedisEndpoint] = [:]
    private var unreliable = UnreliableReplies()
    private var hasAccepted = false
    private var hasChanged = false

    /// - Parameters:
    ///   - seeds: The nodes of the configuration.
    ///   - interval: How long to wait for the next round when there is no other reason for one.
    ///   - mostAsked: How many nodes a round asks in addition to the seeds.
    package init(
        seeds: [RedisEndpoint],
        interval: Duration,
        mostAsked: Int = RedisClusterConfiguration(seeds: []).nodesAskedPerRound
    ) {
        schedule = RefreshSchedule(interval: interval)
        targets = RefreshTargets(seeds: seeds, mostAsked: mostAsked)
    }

    // MARK: - When

    /// The reasons for the next round.
    package var reasons: Set<RefreshReason> { schedule.reasons }
    /// When the current round began.
    package var roundBegan: ContinuousClock.Instant? { schedule.roundBegan }
    /// When the previous round began, which is over.
    package var lastRoundBegan: ContinuousClock.Instant? { schedule.lastRoundBegan }
    /// Whether a link cannot connect to a node of the shape. Then there are rounds again and again.
    package var isTroubled: Bool {
        get { schedule.isTroubled }
        set { schedule.isTroubled = newValue }
    }

    /// Requests a shape from a round that begins from now on.
    package mutating func want(_ reason: RefreshReason, preferring endpoint: RedisEndpoint? = nil) {
        schedule.reasons.insert(reason)
        if let endpoint { targets.prefer(endpoint) }
    }

    /// The step to do at `now`. If it is `ask`, a round has begun.
    package mutating func step(now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator) -> Step {
        switch schedule.step(now: now, hasShape: shape != nil, hasUnreliableReplies: unreliable.rounds > 0) {
        case .nothing: return .nothing
        case .wait(let due): return .wait(until: due)
        case .begin:
            moves = [:]
            (hasAccepted, hasChanged, unreliable.best) = (false, false, nil)
            return .ask(targets.next(shape?.nodes ?? [], using: &random))
        }
    }

    // MARK: - What comes of it

    /// Notes that a node did not reply, or replied without a shape.
    package mutating func failed(_ endpoint: RedisEndpoint) {
        targets.failed(endpoint, isKnown: shape?.shard(at: endpoint) != nil)
    }

    /// Handles the reply of a node. Returns whether it is accepted, so that no other node need be asked.
    package mutating func answered(_ reply: ClusterReply) -> Bool {
        targets.answered(reply.source)
        guard !reply.shards.isEmpty else { return false }
        var id = nextID
        let told = ClusterShape(reply.shards, after: shape, nextID: &id)
        if isUnreliable(reply, told) {
            if unreliable.best.map({ reply.isBetter(than: $0) }) ?? true { unreliable.best = reply }
            return false
        }
        accept(reply, told, nextID: id)
        return true
    }

    /// Whether the reply is unreliable: the node is cut off from the others, behind them, or was reset to an empty
    /// configuration.
    private func isUnreliable(_ reply: ClusterReply, _ told: ClusterShape) -> Bool {
        guard let shape else { return !reply.hasSlots || !reply.isOK }
        if let told = reply.epoch, told < epoch { return true }
        if !reply.hasSlots && shape.slotCount > 0 { return true }
        return !reply.isOK && wasOK && told != shape
    }

    private mutating func accept(_ reply: ClusterReply, _ told: ClusterShape, nextID: Int) {
        var told = told
        var isContradicted = false
        for (slot, endpoint) in moves {
            guard let target = told.shard(at: endpoint) else {
                isContradicted = true
                continue
            }
            if told.shard(ofSlot: slot)?.id == target.id { continue }
            told.move(slot: slot, toShard: target.id)
            isContradicted = true
        }
        // MOVED needs no round of its own if this reply agrees with it.
        if !isContradicted { schedule.reasons.remove(.moved) }
        hasChanged = told != shape
        shape = told
        self.nextID = nextID
        epoch = reply.epoch ?? epoch
        wasOK = reply.isOK
        targets.believed(reply.source, of: told)
        (verifiedBefore, verifiedAt) = (verifiedAt, reply.askedAt)
        unreliable = UnreliableReplies()
        hasAccepted = true
    }

    /// Ends the round, because all nodes have been asked or one reply was accepted. Returns whether the shape was
    /// verified in this round.
    package mutating func roundIsOver(now: ContinuousClock.Instant) -> Bool {
        if !hasAccepted, let reply = unreliable.best {
            unreliable.rounds += 1
            let since = unreliable.since ?? roundBegan ?? now
            unreliable.since = since
            let isEnough =
                unreliable.rounds >= Self.mostUnreliableRounds
                && since.duration(to: now) >= Self.longestUnreliableTime
            if shape == nil || isEnough {
                // The cluster may have been set up anew.
                var id = nextID
                let told = ClusterShape(reply.shards, after: shape, nextID: &id)
                accept(reply, told, nextID: id)
            }
        }
        schedule.roundIsOver(now: now, hasChanged: hasChanged)
        return hasAccepted
    }

    // MARK: - MOVED

    /// Handles MOVED: `slot` is served at `endpoint`. If the node is known, its shard gets the slot and is returned.
    package mutating func moved(slot: Int, to endpoint: RedisEndpoint) -> ClusterShape.Shard? {
        guard (0..<HashSlot.count).contains(slot) else { return nil }
        if roundBegan != nil { moves[slot] = endpoint }
        guard let target = shape?.shard(at: endpoint) else {
            want(.moved, preferring: endpoint)
            return nil
        }
        let isKnown = shape?.shard(ofSlot: slot)?.id == target.id && target.primary?.endpoint == endpoint
        if !isKnown { want(.moved, preferring: endpoint) }
        if shape?.shard(ofSlot: slot)?.id != target.id { shape?.move(slot: slot, toShard: target.id) }
        return shape?[target.id]
    }
}
