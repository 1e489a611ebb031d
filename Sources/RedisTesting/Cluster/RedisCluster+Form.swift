extension RedisCluster {
    /// Makes one cluster of the nodes, which do not yet know each other.
    func form(_ deadline: Deadline) throws(RedisTestingError) {
        let primaries = nodes.prefix(options.primaries)
        for node in nodes {
            // Only while a node is alone. Epochs of their own spare the nodes to settle whose are the higher ones.
            try node.command("CLUSTER", "SET-CONFIG-EPOCH", "\(node.index + 1)")
        }
        for node in primaries {
            let slots = boundary(node.index)..<boundary(node.index + 1)
            if release.isAtLeast(redis: ServerVersion(7)) {
                try node.command("CLUSTER", "ADDSLOTSRANGE", "\(slots.lowerBound)", "\(slots.upperBound - 1)")
            } else {
                let names = ["CLUSTER", "ADDSLOTS"] + slots.map { "\($0)" }
                try node.server.command(names.map { Array($0.utf8) })
            }
        }
        // Each meets each: gossip would do with fewer, but not as fast.
        for node in nodes {
            for other in nodes.dropFirst(node.index + 1) {
                try node.command("CLUSTER", "MEET", "127.0.0.1", "\(other.port)")
            }
        }
        try wait("the nodes to know each other", deadline) { () throws(RedisTestingError) in
            for node in nodes {
                let view = try node.view()
                for other in nodes where view[id: other.id]?.isHealthy != true {
                    return "\(node) does not know \(other)"
                }
            }
            return nil
        }
        for node in nodes.dropFirst(options.primaries) {
            let primary = nodes[(node.index - options.primaries) % options.primaries]
            try node.command("CLUSTER", "REPLICATE", primary.id)
        }
        try waitUntilReady(deadline)
    }

    /// The first slot of a primary, for even and adjoining shares.
    private func boundary(_ index: Int) -> Int {
        (2 * KeySlot.count * index + options.primaries) / (2 * options.primaries)
    }
}

/// The ports of one cluster node: that of its clients, and that of the cluster's bus, 10000 above it.
///
/// Both stay reserved for as long as the node may return. `cluster-port` would leave more choice, but servers before
/// 7.0 do not know it.
final class ClusterPorts: Sendable {
    let client: PortReservation
    private let bus: PortReservation

    private static let distance = 10_000

    init() throws(RedisTestingError) {
        // Those that will not do are kept until one does, so that others are drawn.
        var unfit: [PortReservation] = []
        defer { for reservation in unfit { reservation.close() } }
        while true {
            let candidate = try PortReservation(roomAbove: Self.distance)
            do throws(RedisTestingError) {
                bus = try PortReservation(port: candidate.port + Self.distance)
                client = candidate
                return
            } catch {
                unfit.append(candidate)
                if unfit.count >= 50 { throw error }
            }
        }
    }

    /// Lets both go.
    func close() {
        client.close()
        bus.close()
    }
}
