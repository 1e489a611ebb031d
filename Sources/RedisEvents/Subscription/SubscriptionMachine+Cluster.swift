// What is different on a link to a node of a cluster: shard channels belong to slots, and slots move
// (https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub).

extension SubscriptionMachine {
    /// Whether its answer may be one too many: when the slot moves while an unsubscribe is on its way, the server's own
    /// `sunsubscribe` is taken for the answer, and then an error comes as well. A PING behind it tells where its
    /// answers end. A server that is taken for one by itself may be a node of a cluster all the same.
    func mayBeAnsweredTwice(_ command: Command) -> Bool {
        command.kind == .shardChannel && command.verb == .unsubscribe
    }

    /// The PING behind an unsubscribe is answered.
    mutating func answeredFence() -> [Action] {
        _ = onTheWire.popFirst()
        return []
    }

    /// The targets of each slot, in the order in which the slots first occur: a command takes names of one slot only.
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

    /// The server says that another node has the slot of these names, which a subscribe named.
    mutating func moved(_ command: Command, _ targets: [Target], _ error: RedisError) -> [Action] {
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
            // What else is on the wire for the name gets the same answer; the last one takes it along.
            if tables[.shardChannel].entries[index].inFlight > 0 { continue }
            moved.append(unassign(index))
        }
        if !moved.isEmpty { actions.append(.unassign(moved, error)) }
        if isReady && restoring == 0 && !moved.isEmpty { actions.append(.allRestored) }
        return actions
    }

    /// The wanted shard channels that `isMoved` names leave a link that is down.
    package mutating func unassignWhileDown(_ isMoved: (RedisBytes) -> Bool) -> [NameRequest] {
        guard !isReady else { return [] }
        return tables[.shardChannel].entries.indices.reversed().compactMap { index in
            let entry = tables[.shardChannel].entries[index]
            return entry.isWanted && isMoved(entry.name) ? unassign(index) : nil
        }
    }

    /// A name leaves this link. What is returned asks another link for it.
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
    /// the link, which Valkey 8.0.0 and 8.0.1 take for an error.
    var isOfNothingSubscribed: Bool { serverPrefix == "MOVED" || serverPrefix == "NOSUB" }

    /// Whether the server does not have the slot, now or ever.
    var isOfOtherNode: Bool {
        switch serverPrefix {
        case "MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN": true
        default: false
        }
    }
}
