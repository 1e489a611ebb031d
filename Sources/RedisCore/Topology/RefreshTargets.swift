/// Decides which nodes a round asks, and in which order. A plain value.
struct RefreshTargets: Sendable {
    private let seeds: [RedisEndpoint]
    private let mostAsked: Int
    /// The nodes that the next round asks first.
    private var preferred: [RedisEndpoint] = []
    /// Known nodes that did not reply when they were last asked.
    private var silent: Set<RedisEndpoint> = []
    /// Known nodes whose shape was accepted.
    private var reliable: Set<RedisEndpoint> = []

    /// `mostAsked` is how many nodes a round asks in addition to the seeds.
    init(seeds: [RedisEndpoint], mostAsked: Int) {
        self.seeds = seeds
        self.mostAsked = mostAsked
    }

    /// Asks a node before the others in the next round.
    mutating func prefer(_ endpoint: RedisEndpoint) {
        guard !preferred.contains(endpoint), preferred.count < 8 else { return }
        preferred.append(endpoint)
    }

    mutating func failed(_ endpoint: RedisEndpoint, isKnown: Bool) {
        if isKnown || seeds.contains(endpoint) { silent.insert(endpoint) }
    }

    mutating func answered(_ endpoint: RedisEndpoint) { silent.remove(endpoint) }

    /// Notes that the reply of a node was accepted, and forgets nodes that do not belong to the cluster any more.
    mutating func believed(_ endpoint: RedisEndpoint, of shape: ClusterShape) {
        reliable.insert(endpoint)
        let known = Set(shape.nodes.map(\.endpoint)).union(seeds)
        reliable.formIntersection(known)
        silent.formIntersection(known)
    }

    /// The nodes that the round asks.
    ///
    /// Healthy nodes come in another order each time, because their views differ. Silent nodes come later. If there are
    /// more nodes than a round may ask, nodes whose shape was accepted before are asked: a server that invents nodes
    /// cannot choose the addresses that this process connects to.
    mutating func next(_ nodes: [ClusterNode], using random: inout some RandomNumberGenerator) -> [RedisEndpoint] {
        defer { preferred = [] }
        let known = nodes.shuffled(using: &random)
        let (healthy, failing) = (known.filter(\.isHealthy), known.filter { !$0.isHealthy })
        let (answering, quiet) = (
            healthy.filter { !silent.contains($0.endpoint) }, healthy.filter { silent.contains($0.endpoint) }
        )
        let all = preferred + answering.map(\.endpoint) + seeds + (quiet + failing).map(\.endpoint)
        let first = preferred + all.filter { reliable.contains($0) && !silent.contains($0) }
        var asked = Set(seeds)
        let most = asked.count + mostAsked
        for endpoint in first + all where asked.count < most { asked.insert(endpoint) }
        var seen: Set<RedisEndpoint> = []
        return all.filter { asked.contains($0) && seen.insert($0).inserted }
    }
}

/// Random numbers for choosing nodes (SplitMix64, with a random seed). Guessing them has no use.
///
/// Not the system's own generator, because that is a value without any bytes, and the thread sanitizer reports a false
/// race on such a value (Swift 6.3).
struct ShuffleGenerator: RandomNumberGenerator {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
