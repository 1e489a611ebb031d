// Steps that several events of the machine share.

extension SubscriptionMachine {
    /// Sends a subscribe for the wanted names that the server has not confirmed. On a link that was ready before, it
    /// also sends an unsubscribe for the confirmed names that are not wanted. With `isRestore`, the link is new, and
    /// the names are missing until they are confirmed.
    mutating func reconcile(isRestore: Bool) -> [Action] {
        var actions: [Action] = []
        for kind in RedisSubscriptionKind.allCases {
            let targets = tables[kind].entries
                .filter { $0.isWanted && (!$0.isConfirmed || !$0.waiters.isEmpty) && $0.inFlight == 0 }
                .map { Target(name: $0.name, ticket: .none) }
            if isRestore {
                for target in targets { beginRestore(kind, target.name) }
            } else {
                let unwanted = tables[kind].entries
                    .filter { !$0.isWanted && $0.isConfirmed && $0.inFlight == 0 }
                    .map { Target(name: $0.name, ticket: .none) }
                actions += send(.unsubscribe, kind, unwanted)
            }
            actions += send(.subscribe, kind, targets)
        }
        if isRestore && restoring == 0 { actions.append(.allRestored) }
        return actions
    }

    /// Splits targets into commands of bounded size and notes each as sent.
    mutating func send(_ verb: Verb, _ kind: RedisSubscriptionKind, _ targets: [Target])
        -> [Action]
    {
        guard isInCluster && kind == .shardChannel else { return sendTogether(verb, kind, targets) }
        return Self.bySlot(targets).flatMap { sendTogether(verb, kind, $0) }
    }

    private mutating func sendTogether(_ verb: Verb, _ kind: RedisSubscriptionKind, _ targets: [Target]) -> [Action] {
        var actions: [Action] = []
        var batch: [Target] = []
        var bytes = 0
        for target in targets {
            if let index = tables[kind].index(of: target.name.rawSpan) {
                tables[kind].update(index) { $0.inFlight += 1 }
            }
            if batch.count == batchSize || (!batch.isEmpty && bytes + target.name.count > batchBytes) {
                actions += put(Command(verb: verb, kind: kind, targets: batch))
                batch = []
                bytes = 0
            }
            batch.append(target)
            bytes += target.name.count
        }
        if !batch.isEmpty {
            actions += put(Command(verb: verb, kind: kind, targets: batch))
        }
        return actions
    }

    mutating func put(_ command: Command) -> [Action] {
        onTheWire.append(.command(command))
        guard mayBeAnsweredTwice(command) else { return [.send(command)] }
        onTheWire.append(.fence)
        return [.send(command), .fence]
    }

    /// Notes the reply to one more name of the oldest command.
    mutating func advance() {
        var isDone = false
        onTheWire.modifyFirst { outstanding in
            guard case .command(var command) = outstanding else { return }
            command.answered += 1
            isDone = command.answered == command.targets.count
            outstanding = .command(command)
        }
        if isDone { _ = onTheWire.popFirst() }
    }

    mutating func beginRestore(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
        guard let index = tables[kind].index(of: name.rawSpan), !tables[kind].entries[index].isRestoring else { return }
        tables[kind].update(index) { $0.isRestoring = true }
        restoring += 1
    }

    /// Notes that the name is restored, or will not be.
    mutating func endRestore(_ kind: RedisSubscriptionKind, _ index: Int) -> [Action] {
        guard tables[kind].entries[index].isRestoring else { return [] }
        tables[kind].update(index) { $0.isRestoring = false }
        restoring -= 1
        return restoring == 0 ? [.allRestored] : []
    }

    mutating func split(_ command: Command, _ targets: [Target]) -> [Action] {
        var actions: [Action] = []
        var half = Command(verb: .subscribe, kind: command.kind, targets: [])
        let middle = targets.count / 2
        for part in [targets[..<middle], targets[middle...]] {
            half.targets = []
            for target in part {
                if let index = tables[command.kind].index(of: target.name.rawSpan),
                    tables[command.kind].entries[index].isWanted
                {
                    half.targets.append(target)
                } else {
                    // The name was unsubscribed meanwhile. Its unsubscribe is on the wire already and has to stay the
                    // last command.
                    actions += withdrawn(command, target)
                }
            }
            if !half.targets.isEmpty { actions += put(half) }
        }
        return actions
    }

    mutating func refused(_ command: Command, _ target: Target, _ error: RedisError) -> [Action] {
        let kind = command.kind
        guard let index = tables[kind].index(of: target.name.rawSpan), tables[kind].entries[index].isWanted else {
            return withdrawn(command, target)
        }
        tables[kind].update(index) { $0.inFlight -= 1 }
        var actions: [Action] = []
        if error.isTransient || isInCluster && error.isOfOtherNode {
            tables[kind].update(index) { entry in
                if target.ticket != .none { entry.waiters.append(target.ticket) }
            }
            actions.append(.retryLater)
        } else {
            actions.append(.resolve(target.ticket, kind, target.name, .failure(error)))
            let waiters = tables[kind].update(index) { exchange(&$0.waiters, with: []) }
            actions += waiters.map { .resolve($0, kind, target.name, .failure(error)) }
            // If a later subscribe is on the wire, the name stays wanted, because that reply decides.
            if !tables[kind].entries[index].isConfirmed && tables[kind].entries[index].inFlight <= 0 {
                tables[kind].update(index) { entry in
                    entry.isWanted = false
                    entry.isSubscribed = false
                }
            }
            actions.append(.refused(PubSub.SubscriptionRefusal(kind: kind, name: target.name, error: error)))
            actions += removeIfDone(kind, index)
        }
        return actions
    }

    /// Handles the refusal of a subscribe that is not wanted any more.
    mutating func withdrawn(_ command: Command, _ target: Target) -> [Action] {
        var actions: [Action] = []
        if let index = tables[command.kind].index(of: target.name.rawSpan) {
            tables[command.kind].update(index) { $0.inFlight -= 1 }
            actions += removeIfDone(command.kind, index)
        }
        actions += [.resolve(target.ticket, command.kind, target.name, .failure(.unsubscribedMeanwhile))]
        return actions
    }

    /// Handles the refusal of an unsubscribe: the name stays subscribed.
    mutating func unsubscribeRefused(_ kind: RedisSubscriptionKind, _ target: Target, _ error: RedisError) -> [Action] {
        guard let index = tables[kind].index(of: target.name.rawSpan) else {
            return [.resolve(target.ticket, kind, target.name, .success(nil))]
        }
        tables[kind].update(index) { entry in
            entry.inFlight -= 1
            if error.isOfNothingSubscribed { entry.isConfirmed = false }
        }
        guard tables[kind].entries[index].isConfirmed else {
            let resolved = Action.resolve(target.ticket, kind, target.name, .success(nil))
            let isWanted = tables[kind].entries[index].isWanted
            let ended = isWanted ? [] : endUnwanted(kind, index, count: nil)
            return [resolved] + ended + removeIfDone(kind, index)
        }
        return [.resolve(target.ticket, kind, target.name, .failure(error))] + (error.isTransient ? [.retryLater] : [])
    }

    /// Handles that the server has ended a subscription before it was asked to.
    mutating func endUnwanted(_ kind: RedisSubscriptionKind, _ index: Int, count: Int?) -> [Action] {
        guard tables[kind].entries[index].isSubscribed else { return [] }
        tables[kind].update(index) { $0.isSubscribed = false }
        let change = PubSub.SubscriptionChange(kind: kind, name: tables[kind].entries[index].name, count: count)
        return [.changed(.unsubscribe, change)]
    }

    /// Handles a name of a command that the lost link left without a reply.
    mutating func lost(_ command: Command, _ target: Target) -> [Action] {
        guard target.ticket != .none else { return [] }
        switch command.verb {
        case .unsubscribe:
            return [.resolve(target.ticket, command.kind, target.name, .success(nil))]
        case .subscribe:
            guard let index = tables[command.kind].index(of: target.name.rawSpan),
                tables[command.kind].entries[index].isWanted
            else {
                return [.resolve(target.ticket, command.kind, target.name, .failure(.unsubscribedMeanwhile))]
            }
            tables[command.kind].update(index) { $0.waiters.append(target.ticket) }
            return []
        }
    }

    /// Forgets a name that is not wanted and that no server has.
    mutating func dropUnwanted(_ kind: RedisSubscriptionKind, _ index: Int) -> [Action] {
        let entry = tables[kind].entries[index]
        var actions = entry.waiters.map {
            Action.resolve($0, kind, entry.name, .failure(.unsubscribedMeanwhile))
        }
        if entry.isSubscribed {
            let change = PubSub.SubscriptionChange(kind: kind, name: entry.name, count: nil)
            actions.append(.changed(.unsubscribe, change))
        }
        return actions + remove(kind, index)
    }

    /// Forgets a name that is not wanted and in no command on the wire.
    mutating func removeIfDone(_ kind: RedisSubscriptionKind, _ index: Int) -> [Action] {
        let entry = tables[kind].entries[index]
        guard !entry.isWanted, !entry.isConfirmed, entry.inFlight <= 0 else { return [] }
        let told = entry.waiters.map { Action.resolve($0, kind, entry.name, .failure(.unsubscribedMeanwhile)) }
        return told + remove(kind, index)
    }

    mutating func remove(_ kind: RedisSubscriptionKind, _ index: Int) -> [Action] {
        let restored = endRestore(kind, index)
        let handler = tables[kind].entries[index].handler
        tables[kind].remove(at: index)
        return restored + (handler == 0 ? [] : [.release(handler)])
    }
}

extension [NameTable] {
    /// The table of one family.
    package subscript(kind: RedisSubscriptionKind) -> NameTable {
        _read { yield self[Int(kind.rawValue)] }
        _modify { yield &self[Int(kind.rawValue)] }
    }
}

extension RedisError {
    static let unsubscribedMeanwhile = RedisError(
        .cancelled,
        "unsubscribed before the server had confirmed the subscription",
        phase: .subscribe
    )
}
