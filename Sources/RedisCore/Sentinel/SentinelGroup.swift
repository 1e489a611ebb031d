/// The Sentinels to ask: those of the configuration, and others that these have named, so that the group is found even
/// when all configured Sentinels are gone.
package struct SentinelGroup: Sendable {
    /// How many Sentinels are learned at most.
    package static let learnedLimit = 16

    package let seeds: [RedisEndpoint]
    package private(set) var learned: [RedisEndpoint] = []
    /// Which addresses belong to which Sentinel, as far as that is known.
    private var ids: [RedisEndpoint: String] = [:]
    /// The Sentinels that were named since the last round.
    private var named: Set<RedisEndpoint> = []
    private var answered: Set<RedisEndpoint> = []

    package init(seeds: [RedisEndpoint]) {
        var seen: Set<RedisEndpoint> = []
        self.seeds = seeds.filter { seen.insert($0).inserted }
    }

    package var members: [RedisEndpoint] { seeds + learned }

    /// Notes the ID of a Sentinel and its peers. Returns the peers that were not known yet.
    package mutating func heard(_ endpoint: RedisEndpoint, id: String?, peers: [SentinelReply.Peer]) -> [RedisEndpoint]
    {
        answered.insert(endpoint)
        if let id {
            ids[endpoint] = id
            // A Sentinel that is reached by two addresses counts once, and the configured address is kept.
            let isSeed = seeds.contains(endpoint)
            if !isSeed, seeds.contains(where: { ids[$0] == id }) { learned.removeAll { $0 == endpoint } }
            learned.removeAll { $0 != endpoint && ids[$0] == id }
        }
        var new: [RedisEndpoint] = []
        for peer in peers {
            named.insert(peer.endpoint)
            guard learned.count < Self.learnedLimit, !members.contains(peer.endpoint) else { continue }
            if let id = peer.id {
                if members.contains(where: { ids[$0] == id }) { continue }
                ids[peer.endpoint] = id
            }
            learned.append(peer.endpoint)
            new.append(peer.endpoint)
        }
        return new
    }

    /// Ends the round: forgets learned Sentinels that nobody has named and that did not reply, unless all were silent.
    package mutating func roundEnded() {
        if !answered.isEmpty { learned.removeAll { !named.contains($0) && !answered.contains($0) } }
        let members = Set(members)
        ids = ids.filter { members.contains($0.key) }
        named = []
        answered = []
    }
}
