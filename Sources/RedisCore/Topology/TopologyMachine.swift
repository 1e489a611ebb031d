/// Decides when a cluster is asked for its shape, whom, and what of the replies is believed.
///
/// One round of questions runs at a time: nodes are asked one after another until the reply of one is accepted. When
/// there is a round is decided by `RefreshSchedule`, who is asked by `RefreshTargets`.
package struct TopologyMachine: Sendable {
    /// What is to be done now.
    package enum Step: Sendable, Hashable {
        /// Ask these, in this order, and say when the round is over.
        case ask([RedisEndpoint])
        /// Come again then.
        case wait(until: ContinuousClock.Instant)
        /// A round is under way, or nobody wants to know.
        case nothing
    }

    /// After that many rounds, and that long, in which all replies were doubtful, the best of them is believed.
    package static let mostDoubtfulRounds = 3
    package static let longestDoubt = Duration.seconds(2)

    /// Replies that were not believed.
    private struct Doubt {
        /// The best of the current round.
        var best: ClusterReply?
        var rounds = 0
        var since: ContinuousClock.Instant?
    }

    package private(set) var shape: ClusterShape?
    /// When the node was asked whose reply was accepted last, and the one before it.
    package private(set) var verifiedAt: Moment?
    package private(set) var verifiedBefore: Moment?
    /// The highest epoch of an accepted reply.
    package private(set) var epoch = 0
    private var schedule: RefreshSchedule
    private var targets: RefreshTargets
    private var nextID = 1
    private var wasOK = true
    /// What MOVED told since the round began: newer than what the round brings.
    private var moves: [Int: RedisEndpoint] = [:]
    private var doubt = Doubt()
    private var hasAccepted = false
    private var hasChanged = false

    /// - Parameters:
    ///   - seeds: The nodes of the configuration.
    ///   - interval: How long to wait for the next round when nothing calls for one.
    ///   - mostAsked: How many nodes a round asks beside the seeds.
    package init(
        seeds: [RedisEndpoint],
        interval: Duration,
        mostAsked: Int = RedisClusterConfiguration(seeds: []).nodesAskedPerRound
    ) {
        schedule = RefreshSchedule(interval: interval)
        targets = RefreshTargets(seeds: seeds, mostAsked: mostAsked)
    }

    // MARK: - When

    /// Why there will be a round.
    package var reasons: Set<RefreshReason> { schedule.reasons }
    /// When the current round began.
    package var roundBegan: ContinuousClock.Instant? { schedule.roundBegan }
    /// When the round before the current one began, which is over.
    package var lastRoundBegan: ContinuousClock.Instant? { schedule.lastRoundBegan }
    /// Whether a link cannot get to where the shape says: there are rounds again and again until that is over.
    package var isTroubled: Bool {
        get { schedule.isTroubled }
        set { schedule.isTroubled = newValue }
    }

    /// Somebody wants a shape that is asked for from now on.
    package mutating func want(_ reason: RefreshReason, preferring endpoint: RedisEndpoint? = nil) {
        schedule.reasons.insert(reason)
        if let endpoint { targets.prefer(endpoint) }
    }

    /// What is to be done at `now`. A round that is asked for has begun.
    package mutating func step(now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator) -> Step {
        switch schedule.step(now: now, hasShape: shape != nil, isInDoubt: doubt.rounds > 0) {
        case .nothing: return .nothing
        case .wait(let due): return .wait(until: due)
        case .begin:
            moves = [:]
            (hasAccepted, hasChanged, doubt.best) = (false, false, nil)
            return .ask(targets.next(shape?.nodes ?? [], using: &random))
        }
    }

    // MARK: - What comes of it

    /// A node did not reply, or not with a shape.
    package mutating func failed(_ endpoint: RedisEndpoint) {
        targets.failed(endpoint, isKnown: shape?.shard(at: endpoint) != nil)
    }

    /// A node replied. Returns whether it is believed, and with that nobody else need be asked.
    package mutating func answered(_ reply: ClusterReply) -> Bool {
        targets.answered(reply.source)
        guard !reply.shards.isEmpty else { return false }
        var id = nextID
        let told = ClusterShape(reply.shards, after: shape, nextID: &id)
        if isDoubtful(reply, told) {
            if doubt.best.map({ reply.isBetter(than: $0) }) ?? true { doubt.best = reply }
            return false
        }
        accept(reply, told, nextID: id)
        return true
    }

    /// Whether the node is cut off from the rest, behind it, or begun anew with an empty configuration.
    private func isDoubtful(_ reply: ClusterReply, _ told: ClusterShape) -> Bool {
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
        // What was told meanwhile needs no round of its own when this one says the same.
        if !isContradicted { schedule.reasons.remove(.moved) }
        hasChanged = told != shape
        shape = told
        self.nextID = nextID
        epoch = reply.epoch ?? epoch
        wasOK = reply.isOK
        targets.believed(reply.source, of: told)
        (verifiedBefore, verifiedAt) = (verifiedAt, reply.askedAt)
        doubt = Doubt()
        hasAccepted = true
    }

    /// Everybody has been asked, or one was believed. Returns whether the shape was verified in this round.
    package mutating func roundIsOver(now: ContinuousClock.Instant) -> Bool {
        if !hasAccepted, let reply = doubt.best {
            doubt.rounds += 1
            let since = doubt.since ?? roundBegan ?? now
            doubt.since = since
            let isEnough = doubt.rounds >= Self.mostDoubtfulRounds && since.duration(to: now) >= Self.longestDoubt
            if shape == nil || isEnough {
                // The cluster may have been made anew.
                var id = nextID
                let told = ClusterShape(reply.shards, after: shape, nextID: &id)
                accept(reply, told, nextID: id)
            }
        }
        schedule.roundIsOver(now: now, hasChanged: hasChanged)
        return hasAccepted
    }

    // MARK: - MOVED

    /// A server told that `slot` is served at `endpoint`. Returns the shard when the node is known; the slot is its own
    /// then.
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
