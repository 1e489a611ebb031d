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
