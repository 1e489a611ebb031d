// Private subscriptions: some of the names go to mailboxes of their own as well as, or instead of, the common stream.
extension PubSubDriver {
    /// Subscribes to names whose messages go to `mailbox`.
    func subscribeDedicated(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let requests = context.requests(kind, names, dedicatedTo: mailbox, answer) { name in
            machine.entry(kind, name).map { KnownName($0) }
        }
        useRoutes()
        run(machine.subscribe(kind, requests), &output)
        endTurn(isDrained: true)
    }

    /// Ends a private subscription, and unsubscribes from what nobody else wants. Idempotent.
    func removeDedicated(
        of mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard let dedicated = dedicatedSubscriptions[mailbox] else {
            return answer.complete(.success([]))
        }
        let names = dedicatedSubscriptions.remove(dedicated)
        dedicated.ended(nil)
        guard !names.isEmpty else {
            run([], &output)
            return answer.complete(.success([]))
        }
        let call = calls.begin(names.count, answer)
        run(machine.unsubscribe(dedicated.kind, SubscriptionMachine.Target.all(names, of: call)), &output)
        // What was neither on the wire nor at the server is not confirmed away.
        for name in names where machine.entry(dedicated.kind, name) == nil {
            dedicatedSubscriptions.forget(dedicated.kind, name)
        }
        endTurn(isDrained: true)
    }

    /// What nobody wants any more of the names of private subscriptions, as far as the link may have it.
    var unwantedNames: [RedisGap.Name] {
        if dedicatedSubscriptions.isEmpty { return [] }
        return RedisSubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.filter { !$0.isWanted }.map { RedisGap.Name(kind: kind, name: $0.name) }
        }
    }

    /// After a lost link nothing is confirmed away any more.
    func forgetLeftNames(_ names: [RedisGap.Name]) {
        if dedicatedSubscriptions.isEmpty { return }
        // Other links may still have what this one knows nothing of.
        guard clusterDelegate != nil else {
            return dedicatedSubscriptions.forgetLeft { kind, name in machine.entry(kind, name) != nil }
        }
        for name in names where machine.entry(name.kind, name.name) == nil {
            dedicatedSubscriptions.forget(name.kind, name.name)
        }
    }

    /// The stream lets go of names that private subscriptions keep. Returns what the caller gets to hear.
    func detachFromStream(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ output: inout WriteBuffer)
        -> [PubSub.SubscriptionResult]
    {
        for name in names where dedicatedSubscriptions.isInStream(kind, name) {
            dedicatedSubscriptions.setInStream(kind, name, false)
            sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: kind, name: name, count: nil)))
            run(machine.dropHandler(kind, name), &output)
        }
        return names.map { PubSub.SubscriptionResult(kind: kind, name: $0, outcome: .success(nil)) }
    }

    /// The names of private subscriptions that the stream does not have.
    func isPrivate(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        !dedicatedSubscriptions.isEmpty && !dedicatedSubscriptions.isInStream(kind, name)
    }

    /// What concerns a name goes to those who have it.
    func announce(_ kind: RedisSubscriptionKind, _ name: RedisBytes, _ event: PubSub.Event) {
        if isProbe(kind, name) {
            if case .refused = event { sink.event(event) }
            return
        }
        let (takers, isInStream) = dedicatedSubscriptions.consumers(kind, name)
        if isInStream { sink.event(event) }
        for dedicated in takers { put(event, into: dedicated) }
        switch event {
        case .subscribed: for dedicated in takers { dedicated.isLive = true }
        case .unsubscribed: dedicatedSubscriptions.forget(kind, name)
        case .refused(let refusal):
            for dedicated in dedicatedSubscriptions.refused(kind, name) {
                _ = dedicatedSubscriptions.remove(dedicated)
                dedicated.ended(refusal.error)
            }
        case .message, .gap, .drop, .link, .handlerFailed, .failed, .push: break
        }
    }

    private func put(_ event: PubSub.Event, into dedicated: DedicatedSubscription) {
        if dedicated.becomesDirty() { changedDedicated.append(dedicated) }
        dedicated.event(event)
    }

    /// What concerns the link goes to all who had something to lose.
    func broadcast(_ event: PubSub.Event) {
        sink.event(event)
        for dedicated in concerned(event) { put(event, into: dedicated) }
    }

    /// Those who had something to lose. One link of several concerns who misses some of its names.
    private func concerned(_ event: PubSub.Event) -> [DedicatedSubscription] {
        if cut.isEmpty { return [] }
        guard clusterDelegate != nil else { return Array(cut.values) }
        let names = if case .gap(let gap) = event { gap.names } else { gapNames }
        return Array(takers(of: names).filter { cut[$0.key] != nil }.values)
    }

    /// Those who have some of the names.
    private func takers(of names: [RedisGap.Name]) -> [ObjectIdentifier: DedicatedSubscription] {
        var takers: [ObjectIdentifier: DedicatedSubscription] = [:]
        for name in names {
            for dedicated in dedicatedSubscriptions.consumers(name.kind, name.name).dedicatedSubscriptions {
                takers[ObjectIdentifier(dedicated)] = dedicated
            }
        }
        return takers
    }

    /// From here on messages may be missed, on one link of several those of some names.
    func cutDedicated(_ names: [RedisGap.Name]? = nil) {
        if dedicatedSubscriptions.isEmpty { return }
        let touched =
            if let names = names ?? (clusterDelegate == nil ? nil : gapNames) {
                Array(takers(of: names).values)
            } else {
                Array(dedicatedSubscriptions.all)
            }
        for dedicated in touched where dedicated.isLive { cut[ObjectIdentifier(dedicated)] = dedicated }
    }

    /// Everything of this turn is in the sinks.
    func endTurn(isDrained: Bool) {
        sink.turnEnded(isDrained: isDrained)
        defer { readAt = nil }
        if changedDedicated.isEmpty { return }
        defer { changedDedicated.removeAll(keepingCapacity: true) }
        for dedicated in changedDedicated {
            dedicated.turnEnded(at: readAt)
            // Not now: an unsubscribe has to be sent, and there may be no room for it in this turn.
            if dedicated.mailbox.pressure == .failed { requests.remove(dedicated.mailbox) }
        }
    }

    var demand: LinkDemand {
        switch sink.pressure {
        case .failed: .stop(sink.failure ?? .closed)
        // What waits for an answer may be what the readers wait for.
        case .full: machine.awaitsNothing ? .pause : .more
        case .none: .more
        }
    }

    func readingPaused(_ isPaused: Bool) {
        isReadingPaused = isPaused
        sink.readingPaused(isPaused)
    }
}

extension SubscriptionMachine {
    /// What is known of a name.
    package func entry(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> NameTable.Entry? {
        tables[kind].index(of: name.rawSpan).map { tables[kind].entries[$0] }
    }

    /// No message of that name goes to a handler any more.
    mutating func dropHandler(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> [Action] {
        guard let index = tables[kind].index(of: name.rawSpan) else { return [] }
        let handler = tables[kind].update(index) { entry in
            entry.inlineHandler = nil
            return exchange(&entry.handler, with: 0)
        }
        return handler == 0 ? [] : [.release(handler)]
    }

    /// Whether all commands are answered.
    package var awaitsNothing: Bool { onTheWire.isEmpty }
}
