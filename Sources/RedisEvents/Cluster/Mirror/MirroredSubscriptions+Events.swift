// Events of the links, and which of them the user gets.
extension MirroredSubscriptions {
    func received(_ event: PubSub.Event, _ side: MirrorSide) {
        switch event {
        case .subscribed(let change): confirmed(change, side)
        case .unsubscribed(let change): left(change, side)
        case .refused(let refusal): refused(refusal, side)
        case .gap(let gap): missed(gap, side)
        case .link(let event):
            broadcast(.link(event))
            switch event {
            case .lost(let cause, _): wasLost(side, cause)
            case .restored: machine.opened(side, at: clock)
            case .retrying, .authenticationFailed: break
            }
        case .push: context.sink.event(event)
        case .message, .drop, .handlerFailed, .failed: break
        }
    }

    private func confirmed(_ change: PubSub.SubscriptionChange, _ side: MirrorSide) {
        guard let name = names.find(change.kind, change.name.rawSpan) else { return }
        let counts = machine.confirmed(side, name.number, at: clock)
        name.refusals[side] = nil
        guard name.isWanted else { return }
        let isNew = !name.isSubscribed
        let isBack = counts && loss.remove(name.gapName)
        let waiters = exchange(&name.waiters, with: [])
        name.isSubscribed = true
        name.promisedAt = name.promisedAt ?? now
        // The count is updated first, because a caller whose promise is completed may read it at once.
        if isNew { context.subscribedNames.add(1) }
        for waiter in waiters { resolve(waiter, name, .success(change.count)) }
        if isNew || isBack || !waiters.isEmpty { announce(name, .subscribed(change)) }
    }

    /// Handles that a link does not have a name any more. It may have been requested anew meanwhile, and the other node
    /// may have confirmed that already: until this one does as well, messages may be missing.
    private func left(_ change: PubSub.SubscriptionChange, _ side: MirrorSide) {
        guard let name = names.find(change.kind, change.name.rawSpan) else { return }
        let found = machine.left(side, name.number, at: clock)
        guard let since = name.promisedAt else { return }
        let text = "one of two nodes was late to end the subscription that the other has begun anew"
        report(found, RedisDisconnect(.unproven, text), since, side)
    }

    private func refused(_ refusal: PubSub.SubscriptionRefusal, _ side: MirrorSide) {
        guard let name = names.find(refusal.kind, refusal.name.rawSpan) else {
            // The refused name is the channel of a delivery probe.
            return context.sink.event(.refused(refusal))
        }
        name.refusals[side] = refusal.error
        endIfRefused(name, refusal.error, by: side)
    }

    /// Ends a name that was refused to one link, if the other does not have it, and was refused it as well or has ended.
    func endIfRefused(_ name: MirroredName, _ error: RedisError, by side: MirrorSide) {
        guard name.isWanted, !machine.has(name.number, side.other) else { return }
        guard name.refusals[side.other] != nil || states[side.other].hasEnded else { return }
        name.isWanted = false
        if exchange(&name.isSubscribed, with: false) { context.subscribedNames.add(-1) }
        for waiter in exchange(&name.waiters, with: []) { resolve(waiter, name, .failure(error)) }
        loss.explain(refusal: error)
        loss.remove(name.gapName)
        announce(name, .refused(PubSub.SubscriptionRefusal(kind: name.kind, name: name.name, error: error)))
        forget(name)
    }

    /// Handles a gap that a link reports: either everything since the link was lost, or something that it missed while
    /// it was up.
    private func missed(_ gap: RedisGap, _ side: MirrorSide) {
        if states[side].isLost {
            // The consequences of this loss were decided when the link was lost.
            loss.explain(side, gap.cause)
            if gap.isComplete { states[side].isLost = false }
            return
        }
        let missed = gap.names.filter { missed in
            guard let name = names.find(missed.kind, missed.name.rawSpan) else { return false }
            return !machine.missedMessages(side, name.number, at: clock)
        }
        guard !missed.isEmpty else { return }
        let from = Moment(wall: gap.from, monotonic: gap.fromInstant)
        recordGap(GapTracker.Loss(cause: gap.cause, lastReceived: from, names: missed))
    }

    // MARK: To the user

    func announce(_ gap: RedisGap) {
        context.sink.event(.gap(gap))
        for dedicated in context.dedicatedSubscriptions.having(gap.names) where dedicated.isLive {
            noteChange(of: dedicated)
            dedicated.event(.gap(gap))
        }
    }

    private func broadcast(_ event: PubSub.Event) {
        context.sink.event(event)
        for dedicated in context.dedicatedSubscriptions.all where dedicated.isLive && dedicated.kind != .shardChannel {
            noteChange(of: dedicated)
            dedicated.event(event)
        }
    }

    /// Puts an event about a name into every stream that has the name.
    func announce(_ name: MirroredName, _ event: PubSub.Event) {
        let dedicatedSubscriptions = context.dedicatedSubscriptions
        let (takers, isInStream) = dedicatedSubscriptions.consumers(name.kind, name.name)
        if isInStream { context.sink.event(event) }
        for dedicated in takers {
            noteChange(of: dedicated)
            dedicated.event(event)
        }
        switch event {
        case .subscribed: for dedicated in takers { dedicated.isLive = true }
        case .unsubscribed: dedicatedSubscriptions.forget(name.kind, name.name)
        case .refused(let refusal):
            for dedicated in dedicatedSubscriptions.refused(name.kind, name.name) {
                _ = dedicatedSubscriptions.remove(dedicated)
                dedicated.ended(refusal.error)
            }
        case .message, .gap, .drop, .link, .handlerFailed, .failed, .push: break
        }
    }

    func resolve(
        _ ticket: SubscriptionMachine.Ticket,
        _ name: MirroredName,
        _ outcome: Result<Int?, RedisError>
    ) {
        context.calls.resolve(ticket, PubSub.SubscriptionResult(kind: name.kind, name: name.name, outcome: outcome))
    }
}
