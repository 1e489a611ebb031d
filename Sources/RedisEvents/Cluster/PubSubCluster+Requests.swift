// What the user of a `PubSub` asks for. Channels and patterns have one link, which does all by itself; shard channels are
// handed out by slot.
extension PubSubCluster {
    nonisolated func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        onLoop { engine in
            guard !engine.isClosed else { return answer.complete(.failure(.closed)) }
            guard kind == .shardChannel else {
                engine.start()
                guard let mirror = engine.mirror else {
                    return engine.classic.assumeIsolated { $0.subscribe(kind, names, handlers, answer) }
                }
                if mirror.front.subscribe(kind, names, handlers, answer) { engine.supply(mirror, kind, names) }
                return
            }
            engine.subscribe(names, handlers, answer)
        }
    }

    private func subscribe(
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        guard !names.isEmpty else { return answer.complete(.success([])) }
        let context = shared.get()
        if handlers.isNone, context.subscribedNames.handlersAreRequired {
            return answer.complete(.failure(.handlerMissing(names[0])))
        }
        handOut(context.wishes(.shardChannel, names, handlers, answer) { known($0) })
    }

    nonisolated func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        onLoop { engine in
            guard !engine.isClosed else { return answer.complete(.failure(.closed)) }
            guard kind == .shardChannel else {
                engine.start()
                guard let mirror = engine.mirror else {
                    return engine.classic.assumeIsolated { $0.subscribe(kind, names, into: mailbox, answer) }
                }
                mirror.front.subscribe(kind, names, into: mailbox, answer)
                return engine.supply(mirror, kind, names)
            }
            let context = engine.shared.get()
            engine.handOut(context.wishes(kind, names, into: mailbox, answer) { engine.known($0) })
        }
    }

    /// Each wish goes to the link that has the name, or is looked for one.
    private func handOut(_ wishes: [SubscriptionMachine.Wish]) {
        var known: [Int: [SubscriptionMachine.Wish]] = [:]
        var others: [SubscriptionMachine.Wish] = []
        for wish in wishes {
            if let shard = holder(of: wish.name) { known[shard, default: []].append(wish) } else { others.append(wish) }
        }
        for (shard, wishes) in known { link(to: shard).assumeIsolated { $0.subscribe(wishes) } }
        if !others.isEmpty { takeIn(others) }
    }

    private func known(_ name: RedisBytes) -> KnownName? {
        if let item = unassigned[name] {
            let wish = item.departure.wish
            return KnownName(
                handler: wish.handler,
                inlineHandler: wish.inlineHandler,
                isWanted: true,
                isConfirmed: false
            )
        }
        return holder(of: name).flatMap { shard in
            links[shard]?.session.assumeIsolated { session in session.entry(name).map { KnownName($0) } }
        }
    }

    // MARK: Unsubscribe

    nonisolated func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        onLoop { engine in
            guard !engine.isClosed else { return answer.complete(.failure(.closed)) }
            guard kind == .shardChannel else {
                guard let mirror = engine.mirror else {
                    return engine.classic.assumeIsolated { $0.unsubscribe(kind, names, answer) }
                }
                let all = names.isEmpty ? mirror.front.streamNames(kind) : names
                return engine.withdraw(mirror, kind, mirror.front.unsubscribe(kind, all, answer))
            }
            engine.unsubscribe(names, answer)
        }
    }

    private func unsubscribe(_ names: [RedisBytes], _ answer: Promise<[PubSub.SubscriptionResult]>) {
        let dedicatedSubscriptions = shared.get().dedicatedSubscriptions
        let names = names.isEmpty ? allNames.filter { dedicatedSubscriptions.isInStream(.shardChannel, $0) } : names
        guard !names.isEmpty else { return answer.complete(.success([])) }
        let call = shared.get().calls.begin(names.count, answer)
        var targets: [SubscriptionMachine.Target] = []
        for (position, name) in names.enumerated() {
            let ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            if dedicatedSubscriptions.has(.shardChannel, name) {
                // What private subscriptions have as well, they keep.
                detachFromStream(name)
                resolve(ticket, name, .success(nil))
            } else {
                targets.append(SubscriptionMachine.Target(name: name, ticket: ticket))
            }
        }
        release(targets)
    }

    private var allNames: [RedisBytes] {
        links.values.flatMap { $0.session.assumeIsolated { $0.shardChannels } } + unassigned.keys
    }

    private func detachFromStream(_ name: RedisBytes) {
        let context = shared.get()
        if let shard = holder(of: name), let session = links[shard]?.session {
            session.assumeIsolated { session in
                session.perform { driver, output in _ = driver.detachFromStream(.shardChannel, [name], &output) }
            }
        } else if context.dedicatedSubscriptions.isInStream(.shardChannel, name) {
            context.dedicatedSubscriptions.setInStream(.shardChannel, name, false)
            context.sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: .shardChannel, name: name, count: nil)))
            let handler = unassigned[name]?.departure.wish.handler ?? 0
            unassigned[name]?.departure.wish.handler = 0
            unassigned[name]?.departure.wish.inlineHandler = nil
            if handler != 0 { context.sink.release(handler) }
        }
        context.sink.turnEnded(isDrained: true)
    }

    /// Each name leaves the link that has it.
    private func release(_ targets: [SubscriptionMachine.Target]) {
        var held: [Int: [SubscriptionMachine.Target]] = [:]
        for target in targets {
            if let shard = holder(of: target.name) {
                held[shard, default: []].append(target)
            } else {
                forget(target.name)
                resolve(target.ticket, target.name, .success(nil))
            }
        }
        for (shard, targets) in held {
            link(to: shard).assumeIsolated { $0.unsubscribe(targets) }
            namesLeft(.shard(shard))
        }
    }

    nonisolated func removeDedicated(of mailbox: Mailbox<PubSubControl>, _ answer: Promise<[PubSub.SubscriptionResult]>)
    {
        onLoop { engine in
            guard !engine.isClosed else { return answer.complete(.failure(.closed)) }
            let context = engine.shared.get()
            guard let dedicated = context.dedicatedSubscriptions[mailbox] else { return answer.complete(.success([])) }
            guard dedicated.kind == .shardChannel else {
                guard let mirror = engine.mirror else {
                    return engine.classic.assumeIsolated { $0.removeDedicated(of: mailbox, answer) }
                }
                return engine.withdraw(mirror, dedicated.kind, mirror.front.remove(dedicated, answer))
            }
            let names = context.dedicatedSubscriptions.remove(dedicated)
            dedicated.ended(nil)
            guard !names.isEmpty else { return answer.complete(.success([])) }
            let call = context.calls.begin(names.count, answer)
            engine.release(
                names.enumerated().map { position, name in
                    let ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
                    return SubscriptionMachine.Target(name: name, ticket: ticket)
                }
            )
        }
    }

    // MARK: Questions

    /// All links have to answer.
    nonisolated func ping(_ message: RedisBytes?, _ answer: Promise<Void>) {
        onLoop { engine in
            guard !engine.isClosed else { return answer.complete(.failure(.closed)) }
            let up = engine.sessions.filter { $0.assumeIsolated { $0.isUp } }
            guard !up.isEmpty else {
                return answer.complete(.failure(RedisError(.connectionLost, "there is no link now")))
            }
            let open = Locked(up.count)
            for session in up {
                let one = Promise<Void> { result in
                    let isLast = open.withLock { count in
                        count -= 1
                        return count == 0
                    }
                    if case .failure = result { answer.complete(result) } else if isLast { answer.complete(result) }
                }
                session.assumeIsolated { $0.ping(message, one) }
            }
        }
    }

    nonisolated func settle(_ answer: Promise<Void>) { onLoop { _ in answer.complete(.success(())) } }

    nonisolated func requireHandlers(_ answer: Promise<Void>) {
        onLoop { engine in
            let dedicatedSubscriptions = engine.shared.get().dedicatedSubscriptions
            let bare = engine.currentStates.first { state in
                state.isWanted && !state.hasHandler
                    && (dedicatedSubscriptions.isEmpty || dedicatedSubscriptions.isInStream(state.kind, state.name))
            }
            answer.complete(bare.map { .failure(.handlerMissing($0.name)) } ?? .success(()))
        }
    }

    func states() -> [PubSub.SubscriptionState] { currentStates }

    private var currentStates: [PubSub.SubscriptionState] {
        let handlers = shared.get().handlers
        let waiting = unassigned.values.map { item in
            PubSub.SubscriptionState(
                kind: .shardChannel,
                name: item.departure.wish.name,
                isWanted: true,
                isConfirmed: false,
                hasHandler: item.departure.wish.inlineHandler != nil || handlers[item.departure.wish.handler] != nil
            )
        }
        let classic = mirror?.front.states ?? classic.assumeIsolated { $0.states }
        return classic + links.values.flatMap { $0.session.assumeIsolated { $0.states } } + waiting
    }

    func privateMailboxes() -> [Mailbox<PubSubControl>] { shared.get().dedicatedSubscriptions.all.map(\.mailbox) }

    // MARK: The links

    nonisolated func adjustReading() {
        onLoop { engine in
            for session in engine.sessions { session.assumeIsolated { $0.adjustReading() } }
        }
    }

    func cut() async {
        for session in sessions { await session.cut() }
    }

    func suspend() async {
        isSuspended = true
        for session in sessions { await session.hold(.suspension, .suspension) }
    }

    func resume() async {
        isSuspended = false
        for session in sessions { await session.release(.suspension) }
    }
}
