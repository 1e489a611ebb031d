// What is different on a link to a node of a cluster: shard channels belong to slots, and slots move
// (https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub).

extension SubscriptionMachine {
    /// A name that leaves a link for another one, with all that the user wants of it.
    package struct Departure: Sendable {
        package var wish: Wish
        /// Callers that wait for the confirmation.
        package var waiters: [Ticket]
        /// Whether a server had confirmed it, so that messages may be missed until another one does.
        package var wasSubscribed: Bool
        /// When the link brought the last message of it.
        package var lastMessage: Moment?

        package init(wish: Wish, waiters: [Ticket], wasSubscribed: Bool, lastMessage: Moment? = nil) {
            self.wish = wish
            self.waiters = waiters
            self.wasSubscribed = wasSubscribed
            self.lastMessage = lastMessage
        }
    }

    /// Whether its answer may be one too many: when the slot moves while an unsubscribe is on its way, the server's own
    /// `sunsubscribe` is taken for the answer, and then an error comes as well. A PING behind it tells where its answers end.
    /// A server that is taken for one by itself may be a node of a cluster all the same.
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
        var departures: [Departure] = []
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
            departures.append(depart(index))
        }
        if !departures.isEmpty { actions.append(.depart(departures, error)) }
        if isReady && restoring == 0 && !departures.isEmpty { actions.append(.allRestored) }
        return actions
    }

    /// The wanted shard channels for which `goes` holds leave a link that is down.
    package mutating func departWhileDown(_ goes: (RedisBytes) -> Bool) -> [Departure] {
        guard !isReady else { return [] }
        return tables[.shardChannel].entries.indices.reversed().compactMap { index in
            let entry = tables[.shardChannel].entries[index]
            return entry.isWanted && goes(entry.name) ? depart(index) : nil
        }
    }

    private mutating func depart(_ index: Int) -> Departure {
        let entry = tables[.shardChannel].entries[index]
        var wish = Wish(name: entry.name, handler: entry.handler)
        wish.inlineHandler = entry.inlineHandler
        if entry.isRestoring { restoring -= 1 }
        let lastMessage = tables[.shardChannel].lastMessage(index).map { Moment(at: $0) }
        tables[.shardChannel].remove(at: index)
        return Departure(
            wish: wish,
            waiters: entry.waiters,
            wasSubscribed: entry.isSubscribed,
            lastMessage: lastMessage
        )
    }

    /// Names that another link had are this one's from now on.
    package mutating func arrive(_ arrivals: [Departure]) -> [Action] {
        var targets: [Target] = []
        for arrival in arrivals {
            let index = tables[.shardChannel].insert(arrival.wish.name)
            tables[.shardChannel].update(index) { entry in
                entry.isWanted = true
                entry.handler = arrival.wish.handler
                entry.inlineHandler = arrival.wish.inlineHandler
                entry.waiters += arrival.waiters
                entry.isSubscribed = entry.isSubscribed || arrival.wasSubscribed
            }
            if isReady {
                if arrival.wasSubscribed { beginRestore(.shardChannel, arrival.wish.name) }
                targets.append(Target(name: arrival.wish.name, ticket: .none))
            }
        }
        return send(.subscribe, .shardChannel, targets)
    }
}

extension RedisError {
    /// Whether the server has nothing to unsubscribe: another node has the slot, or nothing at all is subscribed over the
    /// link, which Valkey 8.0.0 and 8.0.1 take for an error.
    var isOfNothingSubscribed: Bool { serverPrefix == "MOVED" || serverPrefix == "NOSUB" }

    /// Whether the server does not have the slot, now or ever.
    var isOfOtherNode: Bool {
        switch serverPrefix {
        case "MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN": true
        default: false
        }
    }
}
