/// Decides whom a round asks, and in which order. A plain value.
struct RefreshTargets: Sendable {
    private let seeds: [RedisEndpoint]
    private let mostAsked: Int
    /// The next round asks these first.
    private var preferred: [RedisEndpoint] = []
    /// Did not reply when last asked. Like the next, only of nodes that are known.
    private var silent: Set<RedisEndpoint> = []
    /// Told a shape that was believed, and have replied since.
    private var proven: Set<RedisEndpoint> = []

    /// `mostAsked` is how many nodes a round asks beside the seeds.
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

    /// The reply of a node was believed: what is not part of the cluster any more is forgotten.
    mutating func believed(_ endpoint: RedisEndpoint, of shape: ClusterShape) {
        proven.insert(endpoint)
        let known = Set(shape.nodes.map(\.endpoint)).union(seeds)
        proven.formIntersection(known)
        silent.formIntersection(known)
    }

    /// Whom the round that begins asks.
    ///
    /// Healthy nodes come in another order each time, because their views differ; those that were silent come later.
    /// Where there are more than a round may ask, the nodes stay in that have told a shape before: whoever invents
    /// nodes does not choose whom this process connects to.
    mutating func next(_ nodes: [ClusterNode], using random: inout some RandomNumberGenerator) -> [RedisEndpoint] {
        defer { preferred = [] }
        let known = nodes.shuffled(using: &random)
        let (healthy, failing) = (known.filter(\.isHealthy), known.filter { !$0.isHealthy })
        let (answering, quiet) = (
            healthy.filter { !silent.contains($0.endpoint) }, healthy.filter { silent.contains($0.endpoint) }
        )
        let all = preferred + answering.map(\.endpoint) + seeds + (quiet + failing).map(\.endpoint)
        let first = preferred + all.filter { proven.contains($0) && !silent.contains($0) }
        var asked = Set(seeds)
        let most = asked.count + mostAsked
        for endpoint in first + all where asked.count < most { asked.insert(endpoint) }
        var seen: Set<RedisEndpoint> = []
        return all.filter { asked.contains($0) && seen.insert($0).inserted }
    }
}

/// Random numbers to choose nodes by (SplitMix64, from a random seed). Nobody gains by guessing them.
///
/// Not the system's own generator: that is a value without any bytes, and the thread sanitizer stumbles over where such
/// a one is (Swift 6.3).
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
