/// The shape of a cluster: its shards, and which of them serves which slot.
package struct ClusterShape: Sendable {
    /// The shards in the order of their numbers, including those without slots, which may get some.
    package private(set) var shards: [Shard]
    /// The index in `shards` of each slot's shard, plus one; 0 where nobody serves the slot.
    private var owners: [UInt16]

    /// Takes shards as they are passed. If two claim a slot, the first one gets it; invalid slots are left out. Only
    /// the first `mostShards` are used.
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

    /// The greatest value of `RedisClusterConfiguration.maximumNodes`, and more than any cluster has.
    package static let mostShards = 4096

    /// The shard that serves `slot`.
    package func shard(ofSlot slot: Int) -> Shard? {
        guard owners.indices.contains(slot), owners[slot] > 0 else { return nil }
        return shards[Int(owners[slot]) - 1]
    }

    /// The shard with that number.
    package subscript(id: Int) -> Shard? { shards.first { $0.id == id } }

    /// The shard of that node.
    package func shard(at endpoint: RedisEndpoint) -> Shard? {
        shards.first { $0.nodes.contains { $0.endpoint == endpoint } }
    }

    /// The nodes of all shards.
    package var nodes: [ClusterNode] { shards.flatMap(\.nodes) }

    /// How many slots are served.
    package var slotCount: Int { shards.reduce(0) { $0 + $1.slotCount } }

    /// Assigns `slot` to another shard, because MOVED reports the move of one slot before any shape does.
    package mutating func move(slot: Int, toShard id: Int) {
        guard owners.indices.contains(slot), let target = shards.firstIndex(where: { $0.id == id }) else { return }
        owners[slot] = UInt16(target + 1)
        fillSlots()
    }

    /// Sets the slots of each shard.
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
    // The owners of the slots follow from the shards.
    package static func == (lhs: ClusterShape, rhs: ClusterShape) -> Bool { lhs.shards == rhs.shards }

    package func hash(into hasher: inout Hasher) { hasher.combine(shards) }
}

extension ClusterShape {
    /// A primary with its replicas, and the slots that they serve.
    package struct Shard: Sendable, Hashable {
        /// The number stays the same from shape to shape while the shard is the same: see
        /// `ClusterShape.init(_:after:)`.
        package let id: Int
        /// The slots in ascending order, without those of other shards.
        package internal(set) var slots: [ClosedRange<Int>]
        /// All nodes of the shard, including failed ones.
        package let nodes: [ClusterNode]

        package init(id: Int, slots: [ClosedRange<Int>], nodes: [ClusterNode]) {
            self.id = id
            self.slots = slots
            self.nodes = nodes
        }

        /// The node that takes writes. If several nodes are primaries, as after a failover, a healthy one.
        package var primary: ClusterNode? {
            nodes.first { $0.role == .primary && $0.isHealthy } ?? nodes.first { $0.role == .primary }
        }

        package var replicas: [ClusterNode] { nodes.filter { $0.role == .replica } }

        /// How many slots the shard serves.
        package var slotCount: Int { slots.reduce(0) { $0 + $1.count } }
    }
}

extension ClusterShape {
    /// The shape in a node's reply. Its shards keep the numbers that they had in the previous shape.
    ///
    /// A shard is the same if it has the same primary, by node ID. If the primary is another one, as after a failover,
    /// it is the shard with which it has the most nodes in common. `nextID` is the number of the next new shard.
    package init(_ told: [ClusterReply.Shard], after previous: ClusterShape?, nextID: inout Int) {
        let told = told.prefix(Self.mostShards)
        let known = previous?.shards ?? []
        var ids = [Int?](repeating: nil, count: told.count)
        var taken: Set<Int> = []
        let byPrimary = Dictionary(known.map { ($0.primary?.id, $0.id) }, uniquingKeysWith: { one, _ in one })
        let shardOfNode = Dictionary(
            known.flatMap { shard in shard.nodes.map { ($0.id, shard.id) } },
            uniquingKeysWith: { one, _ in one }
        )
        // A primary that has failed, or is being demoted, may be listed in a shard of its own without slots, beside the
        // shard that its replica has taken over. So shards that serve slots choose first.
        for serving in [true, false] {
            let indices = told.indices.filter { serving == !told[$0].slots.isEmpty }
            for index in indices {
                guard let primary = told[index].primary?.id, let id = byPrimary[primary] else { continue }
                if taken.insert(id).inserted { ids[index] = id }
            }
            for index in indices where ids[index] == nil {
                var common: [Int: Int] = [:]
                for id in told[index].nodes.compactMap({ shardOfNode[$0.id] }) where !taken.contains(id) {
                    common[id, default: 0] += 1
                }
                // Of two shards with the same number of nodes in common, the one with the lower number is chosen, so
                // that the result does not depend on the order.
                guard let most = common.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { continue }
                ids[index] = most.key
                taken.insert(most.key)
            }
        }
        var shards: [Shard] = []
        for (index, shard) in told.enumerated() {
            let id = ids[index] ?? nextID
            if ids[index] == nil { nextID += 1 }
            shards.append(Shard(id: id, slots: shard.slots, nodes: shard.nodes))
        }
        self.init(shards: shards)
    }
}

/// A server of a cluster, as another server reports it.
package struct ClusterNode: Sendable, Hashable {
    /// The role of the server in its shard.
    package enum Role: Sendable, Hashable {
        /// Takes the writes.
        case primary
        /// Follows a primary.
        case replica
    }

    /// The node's name in the cluster: 40 hexadecimal digits.
    package let id: String
    /// The announced address, after `RedisClusterConfiguration.translation`.
    package let endpoint: RedisEndpoint
    /// The node's role in its shard.
    package let role: Role
    /// Whether the cluster considers the node alive and able to serve. Servers before 7.0 do not report it; there it is
    /// `true`.
    package let isHealthy: Bool

    package init(id: String, endpoint: RedisEndpoint, role: Role, isHealthy: Bool = true) {
        self.id = id
        self.endpoint = endpoint
        self.role = role
        self.isHealthy = isHealthy
    }
}
