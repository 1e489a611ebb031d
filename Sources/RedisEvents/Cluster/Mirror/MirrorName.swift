/// What the mirror knows of a name: on which links it is, and how far each can be relied on.
struct MirrorName {
    enum Phase {
        /// The link does not have the name.
        case absent
        /// The link has it, but the other began earlier, and this one may still repeat what came before, or be late with it.
        case joining
        /// What this link brings first waits for the other, and only for that.
        case inStep
        /// What this link brings first is delivered.
        case full
        /// The link is all there is, and may be far behind: what it brings is left out until it has answered a PING.
        case recovering
    }

    struct Place {
        var phase = Phase.absent
        /// When the link began to join.
        var since: ContinuousClock.Instant
        /// It is all there is, and may still be late with what another link had delivered.
        var isLate = false

        var isJoining: Bool { phase == .joining || phase == .inStep }
        var mayBeBehind: Bool { isJoining || isLate }
    }

    let name: RedisGap.Name
    /// Tells this use of a number from earlier ones.
    let generation: UInt32
    /// For the digests of its messages. Who publishes does not know it, and cannot make two messages look alike.
    let seed: UInt64
    var places: MirrorPair<Place>
    /// When a message was last found to be equal to one that had come shortly before.
    var repeatedAt: ContinuousClock.Instant?
    /// When a link brought the last message.
    var lastAt: ContinuousClock.Instant?
    /// Of which loss it is told already that counting leaves a doubt.
    var doubtedLoss: UInt32?
    /// Each node tells this name's messages of itself, so that those of one link only are taken.
    let isServers: Bool

    init(_ name: RedisGap.Name, generation: UInt32, seed: UInt64, isServers: Bool, at now: ContinuousClock.Instant) {
        self.name = name
        self.generation = generation
        self.seed = seed
        self.isServers = isServers
        places = MirrorPair(Place(since: now), Place(since: now))
    }

    /// The link that has had the name longest.
    var owner: MirrorSide {
        let (first, second) = (places.first, places.second)
        guard first.phase == .full else { return .second }
        return second.phase == .full && second.since < first.since ? .second : .first
    }
}
