extension ClusterShape {
    /// A picture from what a server told, whose shards keep the numbers that they had in the picture before.
    ///
    /// A shard is the same when it has the same primary, by node id; where it has another, as after a failover, when it has the
    /// most nodes in common with what it was. `nextID` is the number of the next that is new.
    package init(_ drafts: [ShardDraft], after previous: ClusterShape?, nextID: inout Int) {
        let drafts = drafts.prefix(Self.mostShards)
        var ids = [Int?](repeating: nil, count: drafts.count)
        var open = previous?.shards ?? []
        // A failed primary may be listed in a shard of its own, without slots, beside that which its replica took over: the
        // ones that serve have the first choice.
        for serving in [true, false] {
            for (index, draft) in drafts.enumerated() where ids[index] == nil && serving == !draft.slots.isEmpty {
                guard let primary = draft.primary?.id else { continue }
                guard let match = open.firstIndex(where: { $0.primary?.id == primary }) else { continue }
                ids[index] = open.remove(at: match).id
            }
        }
        for (index, draft) in drafts.enumerated() where ids[index] == nil && !open.isEmpty {
            let names = Set(draft.nodes.map(\.id))
            let common = open.map { shard in shard.nodes.count { names.contains($0.id) } }
            guard let most = common.max(), most > 0, let match = common.firstIndex(of: most) else { continue }
            ids[index] = open.remove(at: match).id
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
