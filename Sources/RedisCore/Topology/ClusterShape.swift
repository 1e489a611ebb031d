/// A picture of the cluster: its shards, and which of them serves which slot.
package struct ClusterShape: Sendable {
    /// Also those without slots, which may get some. In the order of their numbers.
    package private(set) var shards: [Shard]
    /// The place in `shards` of each slot's shard plus one; 0 where nobody serves the slot.
    private var owners: [UInt16]

    /// Takes shards as they are said to be. Where two claim a slot, the first has it; what is no slot is left out. At most
    /// `mostShards` count.
    package init(shards claimed: [Shard]) {
        var owners = [UInt16](repeating: 0, count: HashSlot.count)
        var open = HashSlot.count
        shards = claimed.prefix(Self.mostShards).sorted { $0.id < $1.id }
        for (index, shard) in shards.enumerated() where open > 0 {
            for range in shard.slots {
                for slot in range.clamped(to: 0...HashSlot.count - 1) where range.contains(slot) && owners[slot] == 0 {
                    owners[slot] = UInt16(index + 1)
                    open -= 1
                }
            }
        }
        self.owners = owners
        fillSlots()
    }

    /// The most that `RedisClusterConfiguration.maximumNodes` can be, and more than any cluster has.
    package static let mostShards = 4096

    /// The shard that serves `slot`.
    package func shard(ofSlot slot: Int) -> Shard? {
        guard owners.indices.contains(slot), owners[slot] > 0 else { return nil }
        return shards[Int(owners[slot]) - 1]
    }

    /// The shard of that number.
    package subscript(id: Int) -> Shard? { shards.first { $0.id == id } }

    /// The shard that the node there belongs to.
    package func shard(at endpoint: RedisEndpoint) -> Shard? {
        shards.first { $0.nodes.contains { $0.endpoint == endpoint } }
    }

    /// All of all shards.
    package var nodes: [ClusterNode] { shards.flatMap(\.nodes) }

    /// How many slots somebody serves.
    package var slotCount: Int { shards.reduce(0) { $0 + $1.slotCount } }

    /// Gives `slot` to another shard, as a MOVED tells of one slot before any picture does.
    package mutating func move(slot: Int, toShard id: Int) {
        guard owners.indices.contains(slot), let target = shards.firstIndex(where: { $0.id == id }) else { return }
        owners[slot] = UInt16(target + 1)
        fillSlots()
    }

    /// Tells each shard which slots are its own.
    private mutating func fillSlots() {
        for index in shards.indices { shards[index].slots = [] }
        var start = 0
        while start < owners.count {
            let owner = owners[start]
            let end = owners[start...].firstIndex { $0 != owner } ?? owners.count
            if owner > 0 { shards[Int(owner) - 1].slots.append(start...end - 1) }
            start = end
        }
    }
}

extension ClusterShape: Hashable {
    // The slots' owners follow from the shards.
    package static func == (lhs: ClusterShape, rhs: ClusterShape) -> Bool { lhs.shards == rhs.shards }

    package func hash(into hasher: inout Hasher) { hasher.combine(shards) }
}
