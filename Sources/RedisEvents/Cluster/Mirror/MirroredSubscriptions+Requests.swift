// Requests of the user. `MirrorLinks` sends them to the links for the same names.
extension MirroredSubscriptions {
    /// Returns whether the links have to be asked.
    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ promise: Promise<[PubSub.SubscriptionResult]>
    ) -> Bool {
        guard !names.isEmpty else {
            promise.complete(.success([]))
            return false
        }
        if handlers.isNone, context.subscribedNames.handlersAreRequired {
            promise.complete(.failure(.handlerMissing(names[0])))
            return false
        }
        add(kind, context.requests(kind, names, handlers, promise) { known(kind, $0) })
        return true
    }

    func subscribeDedicated(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>,
        _ promise: Promise<[PubSub.SubscriptionResult]>
    ) {
        add(kind, context.requests(kind, names, dedicatedTo: mailbox, promise) { known(kind, $0) })
    }

    private func known(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> KnownName? {
        names.find(kind, name.rawSpan).map { $0.known(machine) }
    }

    private func add(_ kind: RedisSubscriptionKind, _ requests: [SubscriptionMachine.NameRequest]) {
        for request in requests {
            let name = names.find(kind, request.name.rawSpan) ?? insert(kind, request.name)
            name.isWanted = true
            name.handler = request.handler
            name.inlineHandler = request.inlineHandler
            name.refusals = MirrorPair(nil, nil)
            name.waiters.append(request.ticket)
        }
    }

    private func insert(_ kind: RedisSubscriptionKind, _ bytes: RedisBytes) -> MirroredName {
        let bytes = bytes.compacted()
        let seed = UInt64.random(in: .min ... .max)
        let number = machine.insert(
            RedisGap.Name(kind: kind, name: bytes),
            seed: seed,
            isServers: bytes.rawSpan.isServerName,
            at: clock
        )
        let name = MirroredName(kind, bytes, number: number, seed: seed)
        names.insert(name)
        return name
    }

    /// The names of a kind that the stream has, for an unsubscribe from all.
    private func streamNames(_ kind: RedisSubscriptionKind) -> [RedisBytes] {
        names.all.filter { $0.kind == kind && context.dedicatedSubscriptions.isInStream(kind, $0.name) }.map(\.name)
    }

    /// Removes names from the stream; without names, all that the stream has. Returns the names from which the links
    /// must unsubscribe.
    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ promise: Promise<[PubSub.SubscriptionResult]>
    )
        -> [RedisBytes]
    {
        let names = names.isEmpty ? streamNames(kind) : names
        guard !names.isEmpty else {
            promise.complete(.success([]))
            return []
        }
        let call = context.calls.begin(names.count, promise)
        var removed: [RedisBytes] = []
        for (position, bytes) in names.enumerated() {
            let ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            if context.dedicatedSubscriptions.has(kind, bytes) {
                removeFromStream(kind, bytes)
                let result = PubSub.SubscriptionResult(kind: kind, name: bytes, outcome: .success(nil))
                context.calls.resolve(ticket, result)
            } else {
                removed += remove(kind, bytes, ticket)
            }
        }
        turnEnded(isDrained: true)
        return removed
    }

    /// Dedicated subscriptions keep the names that they have.
    private func removeFromStream(_ kind: RedisSubscriptionKind, _ bytes: RedisBytes) {
        guard context.dedicatedSubscriptions.isInStream(kind, bytes) else { return }
        context.dedicatedSubscriptions.setInStream(kind, bytes, false)
        context.sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: kind, name: bytes, count: nil)))
        guard let name = names.find(kind, bytes.rawSpan) else { return }
        name.inlineHandler = nil
        let handler = exchange(&name.handler, with: 0)
        if handler != 0 { context.sink.release(handler) }
    }

    private func remove(_ kind: RedisSubscriptionKind, _ bytes: RedisBytes, _ ticket: SubscriptionMachine.Ticket)
        -> [RedisBytes]
    {
        guard let name = names.find(kind, bytes.rawSpan) else {
            let result = PubSub.SubscriptionResult(kind: kind, name: bytes, outcome: .success(nil))
            context.calls.resolve(ticket, result)
            context.dedicatedSubscriptions.forget(kind, bytes)
            return []
        }
        name.isWanted = false
        name.promisedAt = nil
        name.unsubscribesDue += 2
        name.unsubscribers.append(ticket)
        return [bytes]
    }

    /// Ends a dedicated subscription. Returns the names that nobody else wants.
    func removeDedicated(_ dedicated: DedicatedSubscription, _ promise: Promise<[PubSub.SubscriptionResult]>)
        -> [RedisBytes]
    {
        let names = context.dedicatedSubscriptions.remove(dedicated)
        dedicated.ended(nil)
        guard !names.isEmpty else {
            promise.complete(.success([]))
            return []
        }
        let call = context.calls.begin(names.count, promise)
        return names.enumerated().flatMap { position, bytes in
            remove(dedicated.kind, bytes, SubscriptionMachine.Ticket(call: call, index: UInt32(position)))
        }
    }

    /// Handles a link's reply to an unsubscribe.
    func unsubscribed(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ side: MirrorSide,
        _ result: Result<[PubSub.SubscriptionResult], RedisError>
    ) {
        now = .now()
        var counts: [RedisBytes: Int?] = [:]
        if case .success(let results) = result { for one in results { counts[one.name] = one.count } }
        for bytes in names {
            guard let name = self.names.find(kind, bytes.rawSpan) else { continue }
            name.unsubscribesDue -= 1
            // Of a name that nobody wants nothing is missed.
            if !name.isWanted { _ = machine.left(side, name.number, at: clock) }
            guard name.unsubscribesDue <= 0 else { continue }
            let count = counts[bytes] ?? nil
            let unsubscribers = exchange(&name.unsubscribers, with: [])
            if !name.isWanted { end(name, count) }
            for ticket in unsubscribers { resolve(ticket, name, .success(count)) }
        }
        turnEnded(isDrained: true)
    }

    /// Ends a name that neither link has and nobody wants.
    private func end(_ name: MirroredName, _ count: Int?) {
        for waiter in exchange(&name.waiters, with: []) { resolve(waiter, name, .failure(.unsubscribedMeanwhile)) }
        loss.remove(name.gapName)
        if exchange(&name.isSubscribed, with: false) {
            context.subscribedNames.add(-1)
            announce(name, .unsubscribed(PubSub.SubscriptionChange(kind: name.kind, name: name.name, count: count)))
        } else {
            context.dedicatedSubscriptions.forget(name.kind, name.name)
        }
        forget(name)
    }

    func forget(_ name: MirroredName) {
        if name.handler != 0 { context.sink.release(name.handler) }
        machine.remove(name.number)
        names.remove(name)
    }

    // MARK: The end

    /// Handles that a link will not be opened again. Returns whether the other link has ended as well.
    func gaveUp(_ side: MirrorSide, _ error: RedisError) -> Bool {
        states[side].hasEnded = true
        // The other link may have been the first to answer, and have refused names.
        for name in Array(names.all) {
            if let error = name.refusals[side.other] { endIfRefused(name, error, by: side.other) }
        }
        turnEnded(isDrained: true)
        guard states[side.other].hasEnded else { return false }
        for name in Array(names.all) where !name.isSubscribed {
            for waiter in exchange(&name.waiters, with: []) { resolve(waiter, name, .failure(error)) }
            forget(name)
        }
        return true
    }

    /// The names that a link has to subscribe to when it is opened anew.
    func wanted() -> [(kind: RedisSubscriptionKind, names: [RedisBytes])] {
        [RedisSubscriptionKind.channel, .pattern].map { kind in
            (kind, names.all.filter { $0.kind == kind && $0.isWanted }.map(\.name))
        }
    }

    /// Ends everything.
    func closed() {
        for gap in loss.ended(at: .now()) { announce(gap) }
        context.subscribedNames.add(-names.all.count(where: \.isSubscribed))
        names.removeAll()
        machine = MirrorMachine(machine.settings)
    }

    /// The state of every channel and pattern: whether it is wanted, and whether one of the links has confirmed it.
    var subscriptionStates: [PubSub.SubscriptionState] {
        names.all.map { name in
            PubSub.SubscriptionState(
                kind: name.kind,
                name: name.name,
                isWanted: name.isWanted,
                isConfirmed: name.isConfirmed(machine),
                hasHandler: name.inlineHandler != nil || context.handlers[name.handler] != nil
            )
        }
    }
}
