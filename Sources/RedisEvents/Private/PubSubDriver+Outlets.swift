// Private subscriptions: some of the names go to mailboxes of their own as well as, or instead of, the common stream.
extension PubSubDriver {
    /// Subscribes to names whose messages go to `mailbox`.
    func subscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Answer<[SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let wishes = context.wishes(kind, names, into: mailbox, answer) {
            machine.entry(kind, $0).map { KnownName($0) }
        }
        useRoutes()
        run(machine.subscribe(kind, wishes), &output)
        endTurn(isDrained: true)
    }

    /// Ends a private subscription, and unsubscribes from what nobody else wants. Idempotent.
    func removeOutlet(
        of mailbox: Mailbox<PubSubControl>,
        _ answer: Answer<[SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard let outlet = outlets[mailbox] else {
            return answer.give(.success([]))
        }
        let names = outlets.remove(outlet)
        outlet.ended(nil)
        guard !names.isEmpty else {
            run([], &output)
            return answer.give(.success([]))
        }
        let call = calls.begin(names.count, answer)
        run(machine.unsubscribe(outlet.kind, names, call: call), &output)
        // What was neither on the wire nor at the server is not confirmed away.
        for name in names where machine.entry(outlet.kind, name) == nil { outlets.forget(outlet.kind, name) }
        endTurn(isDrained: true)
    }

    /// What nobody wants any more of the names of private subscriptions, as far as the link may have it.
    var unwantedNames: [Gap.Name] {
        if outlets.isEmpty { return [] }
        return SubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.filter { !$0.isWanted }.map { Gap.Name(kind: kind, name: $0.name) }
        }
    }

    /// After a lost link nothing is confirmed away any more.
    func forgetLeftNames(_ names: [Gap.Name]) {
        if outlets.isEmpty { return }
        // Other links may still have what this one knows nothing of.
        guard seat != nil else { return outlets.forgetLeft { kind, name in machine.entry(kind, name) != nil } }
        for name in names where machine.entry(name.kind, name.name) == nil { outlets.forget(name.kind, name.name) }
    }

    /// The stream lets go of names that private subscriptions keep. Returns what the caller gets to hear.
    func detachFromStream(_ kind: SubscriptionKind, _ names: [RedisBytes], _ output: inout WriteBuffer)
        -> [SubscriptionResult]
    {
        for name in names where outlets.isInStream(kind, name) {
            outlets.setInStream(kind, name, false)
            sink.event(.unsubscribed(SubscriptionChange(kind: kind, name: name, count: nil)))
            run(machine.dropHandler(kind, name), &output)
        }
        return names.map { SubscriptionResult(kind: kind, name: $0, outcome: .success(nil)) }
    }

    /// The names of private subscriptions that the stream does not have.
    func isPrivate(_ kind: SubscriptionKind, _ name: RedisBytes) -> Bool {
        !outlets.isEmpty && !outlets.isInStream(kind, name)
    }

    /// What concerns a name goes to those who have it.
    func announce(_ kind: SubscriptionKind, _ name: RedisBytes, _ event: PubSubEvent) {
        if isProbe(kind, name) {
            if case .refused = event { sink.event(event) }
            return
        }
        let (takers, isInStream) = outlets.consumers(kind, name)
        if isInStream { sink.event(event) }
        for outlet in takers { put(event, into: outlet) }
        switch event {
        case .subscribed: for outlet in takers { outlet.isLive = true }
        case .unsubscribed: outlets.forget(kind, name)
        case .refused(let refusal):
            for outlet in outlets.refused(kind, name) {
                _ = outlets.remove(outlet)
                outlet.ended(refusal.error)
            }
        case .message, .gap, .drop, .link, .handlerFailed, .failed, .push: break
        }
    }

    private func put(_ event: PubSubEvent, into outlet: Outlet) {
        if outlet.becomesDirty() { dirtyOutlets.append(outlet) }
        outlet.event(event)
    }

    /// What concerns the link goes to all who had something to lose.
    func broadcast(_ event: PubSubEvent) {
        sink.event(event)
        for outlet in concerned(event) { put(event, into: outlet) }
    }

    /// Those who had something to lose. One link of several concerns who misses some of its names.
    private func concerned(_ event: PubSubEvent) -> [Outlet] {
        if cut.isEmpty { return [] }
        guard seat != nil else { return Array(cut.values) }
        let names = if case .gap(let gap) = event { gap.names } else { gapNames }
        return Array(takers(of: names).filter { cut[$0.key] != nil }.values)
    }

    /// Those who have some of the names.
    private func takers(of names: [Gap.Name]) -> [ObjectIdentifier: Outlet] {
        var takers: [ObjectIdentifier: Outlet] = [:]
        for name in names {
            for outlet in outlets.consumers(name.kind, name.name).outlets { takers[ObjectIdentifier(outlet)] = outlet }
        }
        return takers
    }

    /// From here on messages may be missed, on one link of several those of some names.
    func cutOutlets(_ names: [Gap.Name]? = nil) {
        if outlets.isEmpty { return }
        let touched =
            if let names = names ?? (seat == nil ? nil : gapNames) {
                Array(takers(of: names).values)
            } else {
                Array(outlets.all)
            }
        for outlet in touched where outlet.isLive { cut[ObjectIdentifier(outlet)] = outlet }
    }

    /// Everything of this turn is in the sinks.
    func endTurn(isDrained: Bool) {
        sink.turnEnded(isDrained: isDrained)
        defer { readAt = nil }
        if dirtyOutlets.isEmpty { return }
        defer { dirtyOutlets.removeAll(keepingCapacity: true) }
        for outlet in dirtyOutlets {
            outlet.turnEnded(at: readAt)
            // Not now: an unsubscribe has to be sent, and there may be no room for it in this turn.
            if outlet.mailbox.pressure == .failed { requests.remove(outlet.mailbox) }
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
    package func entry(_ kind: SubscriptionKind, _ name: RedisBytes) -> NameTable.Entry? {
        tables[kind].index(of: name.rawSpan).map { tables[kind].entries[$0] }
    }

    /// No message of that name goes to a handler any more.
    mutating func dropHandler(_ kind: SubscriptionKind, _ name: RedisBytes) -> [Action] {
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
