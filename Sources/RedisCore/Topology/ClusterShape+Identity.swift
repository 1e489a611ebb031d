extension ClusterShape {
    /// A picture from what a server told, whose shards keep the numbers that they had in the picture before.
    ///
    /// A shard is the same when it has the same primary, by node id; where it has another, as after a failover, when it has the
    /// most nodes in common with what it was. `nextID` is the number of the next that is new.
    package init(_ drafts: [ShardDraft], after previous: ClusterShape?, nextID: inout Int) {
        let drafts = drafts.prefix(Self.mostShards)
        let known = previous?.shards ?? []
        var ids = [Int?](repeating: nil, count: drafts.count)
        var taken: Set<Int> = []
        let byPrimary = Dictionary(known.map { ($0.primary?.id, $0.id) }, uniquingKeysWith: { one, _ in one })
        let shardOfNode = Dictionary(
            known.flatMap { shard in shard.nodes.map { ($0.id, shard.id) } },
            uniquingKeysWith: { one, _ in one }
        )
        // A primary that has failed, or is being demoted, may be listed in a shard of its own, without slots, beside that which
        // its replica took over: the ones that serve have the first choice.
        for serving in [true, false] {
            let indices = drafts.indices.filter { serving == !drafts[$0].slots.isEmpty }
            for index in indices {
                guard let primary = drafts[index].primary?.id, let id = byPrimary[primary] else { continue }
                if taken.insert(id).inserted { ids[index] = id }
            }
            for index in indices where ids[index] == nil {
                var common: [Int: Int] = [:]
                for id in drafts[index].nodes.compactMap({ shardOfNode[$0.id] }) where !taken.contains(id) {
                    common[id, default: 0] += 1
                }
                // Of two with as many, the one of the lower number: not whichever comes first today.
                guard let most = common.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { continue }
                ids[index] = most.key
                taken.insert(most.key)
            }
        }
        var shards: [Shard] = []
        for (index, draft) in drafts.enumerated() {
            let id = ids[index] ?? nextID
            if ids[index] == nil { nextID += 1 }
            shards.append(Shard(id: id, slots: draft.slots, nodes: draft.nodes))
        }
        self.init(shards: shards)
    }
}
