// The differences on a link to a node of a cluster: shard channels belong to slots, and slots move
// (https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub).

extension SubscriptionMachine {
    /// Whether the server may send one reply too many to this command. When the slot moves while an unsubscribe is on
    /// its way, the server's own `sunsubscribe` is taken for the reply, and then an error comes as well. The reply to a
    /// PING that is sent behind the command shows where its replies end. A server without cluster configuration here
    /// may still be a node of a cluster.
    func mayBeAnsweredTwice(_ command: Command) -> Bool {
        command.kind == .shardChannel && command.verb == .unsubscribe
    }

    /// Handles the reply to the PING behind an unsubscribe.
    mutating func answeredFence() -> [Action] {
        _ = onTheWire.popFirst()
        return []
    }

    /// The targets of each slot, in the order in which the slots first occur, because a command may contain names of
    /// one slot only.
    static func bySlot(_ targets: [Target]) -> [[Target]] {
        var places: [Int: Int] = [:]
        var groups: [[Target]] = []
        for target in targets {
            let slot = HashSlot.slot(of: target.name)
            if let place = places[slot] {
                groups[place].append(target)
            } else {
                places[slot] = groups.count
                groups.append([target])
            }
        }
        return groups
    }

    /// Handles a subscribe that was refused because another node has the slot of its names.
    mutating func slotMoved(_ command: Command, _ targets: [Target], _ error: RedisError) -> [Action] {
        var actions: [Action] = []
        var moved: [NameRequest] = []
        for target in targets {
            guard let index = tables[.shardChannel].index(of: target.name.rawSpan),
                tables[.shardChannel].entries[index].isWanted
            else {
                actions += withdrawn(command, target)
                continue
            }
            tables[.shardChannel].update(index) { entry in
                entry.inFlight -= 1
                if target.ticket != .none { entry.waiters.append(target.ticket) }
            }
            // Another command on the wire contains the name and gets the same reply. The last one unassigns the name.
            if tables[.shardChannel].entries[index].inFlight > 0 { continue }
            moved.append(unassign(index))
        }
        if !moved.isEmpty { actions.append(.unassign(moved, error)) }
        if isReady && restoring == 0 && !moved.isEmpty { actions.append(.allRestored) }
        return actions
    }

    /// Unassigns the wanted shard channels that `isMoved` selects, on a link that is down.
    package mutating func unassignWhileDown(_ isMoved: (RedisBytes) -> Bool) -> [NameRequest] {
        guard !isReady else { return [] }
        return tables[.shardChannel].entries.indices.reversed().compactMap { index in
            let entry = tables[.shardChannel].entries[index]
            return entry.isWanted && isMoved(entry.name) ? unassign(index) : nil
        }
    }

    /// Unassigns a name from this link. The result requests it from another link.
    private mutating func unassign(_ index: Int) -> NameRequest {
        let entry = tables[.shardChannel].entries[index]
        var request = NameRequest(name: entry.name)
        request.handler = entry.handler
        request.inlineHandler = entry.inlineHandler
        request.waiters = entry.waiters
        request.wasSubscribed = entry.isSubscribed
        request.lastMessage = tables[.shardChannel].lastMessage(index).map { Moment(at: $0) }
        if entry.isRestoring { restoring -= 1 }
        tables[.shardChannel].remove(at: index)
        return request
    }
}

extension RedisError {
    /// Whether the server has nothing to unsubscribe: another node has the slot, or nothing at all is subscribed over
    /// the link, which is an error for Valkey 8.0.0 and 8.0.1.
    var isOfNothingSubscribed: Bool { serverPrefix == "MOVED" || serverPrefix == "NOSUB" }

    /// Whether another node has the slot, now or for good.
    var isOfOtherNode: Bool {
        switch serverPrefix {
        case "MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN": true
        default: false
        }
    }
}
