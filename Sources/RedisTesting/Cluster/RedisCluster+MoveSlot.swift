extension RedisCluster {
    /// Moves a slot with its keys to another primary, as redis-cli's reshard does; returns when all nodes agree on the
    /// new owner.
    ///
    /// - Parameters:
    ///   - slot: 0 to 16383.
    ///   - target: A primary, with slots or without. Nothing happens when it owns the slot already.
    /// - Throws: When a node refuses, or they do not agree in time.
    public func moveSlot(_ slot: Int, to target: RedisClusterNode) throws(RedisTestingError) {
        guard try primary(ofSlot: slot) != target else { return }
        try beginMove(slot, to: target)
        try moveKeys(slot, to: target)
        try finishMove(slot, to: target)
    }

    /// The first step of ``moveSlot(_:to:)``: `SETSLOT IMPORTING` at the target, `SETSLOT MIGRATING` at the source.
    /// From then on the source answers ASK for keys that it does not have; shard channels stay with it.
    ///
    /// - Parameters:
    ///   - slot: 0 to 16383.
    ///   - target: A primary that does not own the slot.
    /// - Throws: When a node refuses.
    public func beginMove(_ slot: Int, to target: RedisClusterNode) throws(RedisTestingError) {
        let source = try primary(ofSlot: slot)
        try target.command("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", source.id)
        try source.command("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", target.id)
    }

    /// The second step of ``moveSlot(_:to:)``: `MIGRATE` for every key of the slot, until there is none.
    ///
    /// - Parameters:
    ///   - slot: A slot on its way.
    ///   - target: Where to.
    /// - Returns: How many keys were moved.
    /// - Throws: When a node refuses.
    @discardableResult
    public func moveKeys(_ slot: Int, to target: RedisClusterNode) throws(RedisTestingError) -> Int {
        let source = try primary(ofSlot: slot)
        let authentication = options.password.map { ["AUTH", $0] } ?? []
        let head = ["MIGRATE", "127.0.0.1", "\(target.port)", "", "0", "5000", "REPLACE"] + authentication + ["KEYS"]
        var moved = 0
        while true {
            let keys = try source.server.elements("CLUSTER", "GETKEYSINSLOT", "\(slot)", "100")
            if keys.isEmpty { return moved }
            try source.server.command(head.map { Array($0.utf8) } + keys)
            moved += keys.count
        }
    }

    /// The last step of ``moveSlot(_:to:)``: `SETSLOT NODE` at the target, then the source, which drops its shard
    /// subscribers, then the other primaries; returns when all nodes agree.
    ///
    /// - Parameters:
    ///   - slot: A slot on its way that has no keys left at the source.
    ///   - target: Where to.
    /// - Throws: When a node refuses, or they do not agree in time.
    public func finishMove(_ slot: Int, to target: RedisClusterNode) throws(RedisTestingError) {
        let source = try primary(ofSlot: slot)
        let others = try primaries().filter { $0 != target && $0 != source }
        for node in [target, source] + others {
            try node.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", target.id)
        }
        try waitForOwner(of: slot, target)
    }

    /// Moves a slot as Valkey does since 9.0: the servers do it among themselves (`CLUSTER MIGRATESLOTS`), and it has
    /// one owner at any time. Returns when all nodes agree on the new one.
    ///
    /// - Parameters:
    ///   - slot: 0 to 16383.
    ///   - target: A primary. Nothing happens when it owns the slot already.
    /// - Throws: ``RedisTestingError/Code/errorReply`` from servers that cannot (all Redis, Valkey before 9.0).
    public func moveSlotAtomically(_ slot: Int, to target: RedisClusterNode) throws(RedisTestingError) {
        let source = try primary(ofSlot: slot)
        guard source != target else { return }
        guard release.isAtLeast(redis: nil, valkey: ServerVersion(9)) else {
            throw RedisTestingError(.errorReply, "\(release) has no CLUSTER MIGRATESLOTS")
        }
        try source.command("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "\(slot)", "\(slot)", "NODE", target.id)
        try waitForOwner(of: slot, target)
    }

    private func waitForOwner(of slot: Int, _ owner: RedisClusterNode) throws(RedisTestingError) {
        let id = owner.id
        try wait("slot \(slot) to belong to \(owner)", deadline(nil)) { () throws(RedisTestingError) in
            for node in members {
                let owners = try node.view().entries.filter { $0.owns(slot) }.map(\.id)
                if owners != [id] { return "\(node) does not see it" }
            }
            return nil
        }
    }
}
