/// Decides when a cluster is asked for its shape, whom, and what of the answers is believed.
///
/// One round of questions at a time: nodes are asked one after another until the picture of one is accepted. Between rounds
/// there is a pause, however many reasons come, which grows while nothing new comes of them.
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

    package static let shortestPause = Duration.milliseconds(100)
    package static let longestPause = Duration.seconds(1)
    /// After that many rounds, and that long, in which all that answered were doubtful, the best of them is believed.
    package static let mostDoubtfulRounds = 3
    package static let longestDoubt = Duration.seconds(2)

    package private(set) var shape: ClusterShape?
    /// When the picture that was accepted last was asked for, and the one before it.
    package private(set) var verifiedAt: Moment?
    package private(set) var verifiedBefore: Moment?
    /// The highest epoch of an accepted picture.
    package private(set) var epoch = 0
    /// Why there will be a round.
    package private(set) var reasons: Set<RefreshReason> = []
    /// When the current round began.
    package private(set) var roundBegan: ContinuousClock.Instant?
    /// When the one before it began, which is over.
    package private(set) var lastRoundBegan: ContinuousClock.Instant?
    /// Somebody cannot get to where the picture says: it is asked for again and again until that is over.
    package var isTroubled = false

    private let seeds: [RedisEndpoint]
    private let interval: Duration
    private let mostAsked: Int
    private var nextID = 1
    private var wasOK = true
    /// To be asked first.
    private var preferred: [RedisEndpoint] = []
    /// Did not answer when last asked. Like the next, only of nodes that are known.
    private var silent: Set<RedisEndpoint> = []
    /// Told a picture that was believed, and have answered since.
    private var proven: Set<RedisEndpoint> = []
    /// What MOVED told since the round began: newer than what the round brings.
    private var moves: [Int: RedisEndpoint] = [:]
    /// The best picture of this round that was not believed.
    private var doubtful: ClusterPicture?
    private var doubtfulRounds = 0
    private var doubtSince: ContinuousClock.Instant?
    private var hasAccepted = false
    private var hasNews = false
    private var pause = shortestPause
    private var roundEnded: ContinuousClock.Instant?

    /// `mostAsked` is how many nodes a round asks beside the seeds.
    package init(
        seeds: [RedisEndpoint],
        interval: Duration,
        mostAsked: Int = RedisClusterConfiguration(seeds: []).nodesAskedPerRound
    ) {
        self.seeds = seeds
        self.interval = interval
        self.mostAsked = mostAsked
    }

    // MARK: - When

    /// Somebody wants a picture that is asked for from now on.
    package mutating func want(_ reason: RefreshReason, preferring endpoint: RedisEndpoint? = nil) {
        reasons.insert(reason)
        guard let endpoint, !preferred.contains(endpoint), preferred.count < 8 else { return }
        preferred.append(endpoint)
    }

    /// What is to be done at `now`. A round that is asked for has begun.
    package mutating func step(now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator) -> Step {
        guard roundBegan == nil else { return .nothing }
        var due = now
        if let roundEnded {
            let isWanted = !reasons.isEmpty || isTroubled || doubtfulRounds > 0
            if !isWanted && shape == nil { return .nothing }
            due = roundEnded.advanced(by: isWanted ? pause : interval)
        } else if reasons.isEmpty && !isTroubled {
            return .nothing
        }
        if due > now { return .wait(until: due) }
        // What grew long ago has nothing to do with what happens now.
        if let roundEnded, roundEnded.duration(to: now) > Self.longestPause * 2 { pause = Self.shortestPause }
        roundBegan = now
        reasons = []
        moves = [:]
        (hasAccepted, hasNews, doubtful) = (false, false, nil)
        defer { preferred = [] }
        return .ask(order(&random))
    }

    /// Healthy nodes come in another order each time, because their views differ; those that were silent come later. Where there
    /// are more than a round may ask, the ones that have told a picture before stay in: whoever made one up does not choose whom
    /// we call.
    private func order(_ random: inout some RandomNumberGenerator) -> [RedisEndpoint] {
        let known = (shape?.nodes ?? []).shuffled(using: &random)
        let (well, ill) = (known.filter(\.isHealthy), known.filter { !$0.isHealthy })
        let (answering, quiet) = (
            well.filter { !silent.contains($0.endpoint) }, well.filter { silent.contains($0.endpoint) }
        )
        let all = preferred + answering.map(\.endpoint) + seeds + (quiet + ill).map(\.endpoint)
        let first = preferred + all.filter { proven.contains($0) && !silent.contains($0) }
        var asked = Set(seeds)
        let most = asked.count + mostAsked
        for endpoint in first + all where asked.count < most { asked.insert(endpoint) }
        var seen: Set<RedisEndpoint> = []
        return all.filter { asked.contains($0) && seen.insert($0).inserted }
    }

    // MARK: - What comes of it

    /// A node did not answer, or not with a picture.
    package mutating func failed(_ endpoint: RedisEndpoint) {
        guard isKnown(endpoint) else { return }
        silent.insert(endpoint)
    }

    private func isKnown(_ endpoint: RedisEndpoint) -> Bool {
        seeds.contains(endpoint) || shape?.shard(at: endpoint) != nil
    }

    /// A node answered. Returns whether it is believed, and with that nobody else need be asked.
    package mutating func answered(_ picture: ClusterPicture) -> Bool {
        silent.remove(picture.source)
        guard !picture.shards.isEmpty else { return false }
        var id = nextID
        let told = ClusterShape(picture.shards, after: shape, nextID: &id)
        if isDoubtful(picture, told) {
            if doubtful.map({ picture.isBetter(than: $0) }) ?? true { doubtful = picture }
            return false
        }
        accept(picture, told, nextID: id)
        return true
    }

    /// Cut off from the rest, behind it, or begun anew with an empty configuration.
    private func isDoubtful(_ picture: ClusterPicture, _ told: ClusterShape) -> Bool {
        guard let shape else { return !picture.hasSlots || !picture.isOK }
        if let told = picture.epoch, told < epoch { return true }
        if !picture.hasSlots && shape.slotCount > 0 { return true }
        return !picture.isOK && wasOK && told != shape
    }

    private mutating func accept(_ picture: ClusterPicture, _ told: ClusterShape, nextID: Int) {
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
        if !isContradicted { reasons.remove(.moved) }
        hasNews = told != shape
        shape = told
        self.nextID = nextID
        epoch = picture.epoch ?? epoch
        wasOK = picture.isOK
        proven.insert(picture.source)
        let known = Set(told.nodes.map(\.endpoint)).union(seeds)
        proven.formIntersection(known)
        silent.formIntersection(known)
        (verifiedBefore, verifiedAt) = (verifiedAt, picture.askedAt)
        (doubtful, doubtfulRounds, doubtSince) = (nil, 0, nil)
        hasAccepted = true
    }

    /// Everybody has been asked, or one was believed. Returns whether the picture was verified in this round.
    package mutating func roundIsOver(now: ContinuousClock.Instant) -> Bool {
        if !hasAccepted, let picture = doubtful {
            doubtfulRounds += 1
            let since = doubtSince ?? roundBegan ?? now
            doubtSince = since
            let isEnough = doubtfulRounds >= Self.mostDoubtfulRounds && since.duration(to: now) >= Self.longestDoubt
            if shape == nil || isEnough {
                // The cluster may have been made anew.
                var id = nextID
                let told = ClusterShape(picture.shards, after: shape, nextID: &id)
                accept(picture, told, nextID: id)
            }
        }
        pause = hasNews ? Self.shortestPause : min(pause * 2, Self.longestPause)
        lastRoundBegan = roundBegan
        roundBegan = nil
        roundEnded = now
        return hasAccepted
    }

    // MARK: - MOVED

    /// A server told that `slot` is served at `endpoint`. Returns the shard when the node is known; the slot is its own then.
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
