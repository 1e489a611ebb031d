// What the user wants. The links are asked by the engine, with the same names.
extension MirrorFront {
    /// Returns whether the links are to be asked.
    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) -> Bool {
        guard !names.isEmpty else {
            answer.complete(.success([]))
            return false
        }
        if handlers.isNone, context.subscribedNames.handlersAreRequired {
            answer.complete(.failure(.handlerMissing(names[0])))
            return false
        }
        want(kind, context.wishes(kind, names, handlers, answer) { known(kind, $0) })
        return true
    }

    func subscribeDedicated(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        want(kind, context.wishes(kind, names, into: mailbox, answer) { known(kind, $0) })
    }

    private func known(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> KnownName? {
        find(kind, name.rawSpan).map { $0.known(machine) }
    }

    private func want(_ kind: RedisSubscriptionKind, _ wishes: [SubscriptionMachine.Wish]) {
        for wish in wishes {
            let name = find(kind, wish.name.rawSpan) ?? insert(kind, wish.name)
            name.isWanted = true
            name.handler = wish.handler
            name.inlineHandler = wish.inlineHandler
            name.refusals = MirrorPair(nil, nil)
            name.waiters.append(wish.ticket)
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
        names[digest(kind, bytes.rawSpan)] = name
        return name
    }

    /// Names of a kind that the stream has, for an unsubscribe of all.
    private func streamNames(_ kind: RedisSubscriptionKind) -> [RedisBytes] {
        names.values.filter { $0.kind == kind && context.dedicatedSubscriptions.isInStream(kind, $0.name) }.map(\.name)
    }

    /// Lets go of names for the stream, without names of all that it has. Returns those that both links are to be asked to let go of.
    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Promise<[PubSub.SubscriptionResult]>
    )
        -> [RedisBytes]
    {
        let names = names.isEmpty ? streamNames(kind) : names
        guard !names.isEmpty else {
            answer.complete(.success([]))
            return []
        }
        let call = context.calls.begin(names.count, answer)
        var left: [RedisBytes] = []
        for (position, bytes) in names.enumerated() {
            let ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            if context.dedicatedSubscriptions.has(kind, bytes) {
                detach(kind, bytes)
                let result = PubSub.SubscriptionResult(kind: kind, name: bytes, outcome: .success(nil))
                context.calls.resolve(ticket, result)
            } else {
                left += leave(kind, bytes, ticket)
            }
        }
        turnEnded(isDrained: true)
        return left
    }

    /// What private subscriptions have as well, they keep.
    private func detach(_ kind: RedisSubscriptionKind, _ bytes: RedisBytes) {
        guard context.dedicatedSubscriptions.isInStream(kind, bytes) else { return }
        context.dedicatedSubscriptions.setInStream(kind, bytes, false)
        context.sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: kind, name: bytes, count: nil)))
        guard let name = find(kind, bytes.rawSpan) else { return }
        name.inlineHandler = nil
        let handler = exchange(&name.handler, with: 0)
        if handler != 0 { context.sink.release(handler) }
    }

    private func leave(_ kind: RedisSubscriptionKind, _ bytes: RedisBytes, _ ticket: SubscriptionMachine.Ticket)
        -> [RedisBytes]
    {
        guard let name = find(kind, bytes.rawSpan) else {
            let result = PubSub.SubscriptionResult(kind: kind, name: bytes, outcome: .success(nil))
            context.calls.resolve(ticket, result)
            return []
        }
        name.isWanted = false
        name.leaving += 2
        name.leavers.append(ticket)
        return [bytes]
    }

    /// Ends a private subscription. Returns what nobody else wants.
    func remove(_ dedicated: DedicatedSubscription, _ answer: Promise<[PubSub.SubscriptionResult]>) -> [RedisBytes] {
        let names = context.dedicatedSubscriptions.remove(dedicated)
        dedicated.ended(nil)
        guard !names.isEmpty else {
            answer.complete(.success([]))
            return []
        }
        let call = context.calls.begin(names.count, answer)
        return names.enumerated().flatMap { position, bytes in
            leave(dedicated.kind, bytes, SubscriptionMachine.Ticket(call: call, index: UInt32(position)))
        }
    }

    /// A link has answered an unsubscribe.
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
            guard let name = find(kind, bytes.rawSpan) else { continue }
            name.leaving -= 1
            if !name.isWanted { depart(name, side) }
            guard name.leaving <= 0 else { continue }
            let count = counts[bytes] ?? nil
            let leavers = exchange(&name.leavers, with: [])
            if !name.isWanted { end(name, count) }
            for leaver in leavers { resolve(leaver, name, .success(count)) }
        }
        turnEnded(isDrained: true)
    }

    /// Neither link has the name, and nobody wants it.
    private func end(_ name: MirroredName, _ count: Int?) {
        for waiter in exchange(&name.waiters, with: []) { resolve(waiter, name, .failure(.unsubscribedMeanwhile)) }
        missing.remove(name.gapName)
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
        let bytes = name.name
        names[digest(name.kind, bytes.rawSpan)] = nil
        forgetLast()
    }

    // MARK: The end

    /// A link will not come back by itself. Returns whether the other has ended as well.
    func gaveUp(_ side: MirrorSide, _ error: RedisError) -> Bool {
        hasEnded[side] = true
        guard hasEnded[side.other] else { return false }
        for name in Array(names.values) where !name.isSubscribed {
            for waiter in exchange(&name.waiters, with: []) { resolve(waiter, name, .failure(error)) }
            forget(name)
        }
        return true
    }

    /// What a link is to be asked for that has begun anew.
    func wanted() -> [(kind: RedisSubscriptionKind, names: [RedisBytes])] {
        [RedisSubscriptionKind.channel, .pattern].map { kind in
            (kind, names.values.filter { $0.kind == kind && $0.isWanted }.map(\.name))
        }
    }

    /// Everything has ended.
    func closed() {
        for gap in gap.ended(at: .now()) { announce(gap) }
        context.subscribedNames.add(-names.values.count(where: \.isSubscribed))
        names = [:]
        forgetLast()
        machine = MirrorMachine(machine.settings)
    }

    var states: [PubSub.SubscriptionState] {
        names.values.map { name in
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
