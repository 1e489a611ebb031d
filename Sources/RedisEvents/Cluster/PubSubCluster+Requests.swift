// Requests to a `PubSub` over a cluster. Channels and patterns have links of their own, which handle their requests.
// Shard channels go to the link of their slot's shard.
extension PubSubCluster {
    nonisolated func handle(_ request: PubSubRequest) { assumeIsolated { $0.handleHere(request) } }

    private func handleHere(_ request: PubSubRequest) {
        if isClosed, request.isForServer { return request.fail(.closed) }
        let context = shared.get()
        switch request {
        case .subscribe(.shardChannel, let names, let handlers, let promise): subscribe(names, handlers, promise)
        case .unsubscribe(.shardChannel, let names, let promise): unsubscribe(names, promise)
        case .subscribeDedicated(.shardChannel, let names, let mailbox, let promise):
            subscribe(context.requests(.shardChannel, names, dedicatedTo: mailbox, promise) { known($0) })
        case .removeDedicated(let mailbox, let promise)
        where context.dedicatedSubscriptions[mailbox]?.kind == .shardChannel:
            removeDedicated(of: mailbox, promise)
        case .subscribe, .subscribeDedicated:
            start()
            channels.handle(request)
        case .unsubscribe, .removeDedicated: channels.handle(request)
        case .ping(let message, let promise): ping(message, promise)
        case .settle(let promise): promise.complete(.success(()))
        case .requireHandlers(let promise): promise.complete(context.requireHandlers(currentStates))
        case .adjustReading, .cut: for session in sessions { session.handle(request) }
        case .suspend, .resume:
            isSuspended = if case .suspend = request { true } else { false }
            for session in sessions { session.handle(request) }
        case .close(let discarding): end(nil, discarding: discarding)
        case .abandon: stop()
        }
    }

    private func subscribe(
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ promise: Promise<[PubSub.SubscriptionResult]>
    ) {
        guard !names.isEmpty else { return promise.complete(.success([])) }
        let context = shared.get()
        if handlers.isNone, context.subscribedNames.handlersAreRequired {
            return promise.complete(.failure(.handlerMissing(names[0])))
        }
        subscribe(context.requests(.shardChannel, names, handlers, promise) { known($0) })
    }

    /// Sends each request to the link that has the name, or keeps it until the name is assigned to a link.
    private func subscribe(_ requests: [SubscriptionMachine.NameRequest]) {
        var assigned: [Int: [SubscriptionMachine.NameRequest]] = [:]
        var others: [SubscriptionMachine.NameRequest] = []
        for request in requests {
            if let shard = assignedShard(of: request.name) {
                assigned[shard, default: []].append(request)
            } else {
                others.append(request)
            }
        }
        for (shard, requests) in assigned { link(to: shard).assumeIsolated { $0.assign(requests) } }
        if !others.isEmpty { addUnassigned(others) }
    }

    private func known(_ name: RedisBytes) -> KnownName? {
        if let request = unassigned[name]?.request {
            return KnownName(
                handler: request.handler,
                inlineHandler: request.inlineHandler,
                isWanted: true,
                isConfirmed: false
            )
        }
        return assignedShard(of: name).flatMap { shard in
            links[shard]?.session.assumeIsolated { session in session.entry(name).map { KnownName($0) } }
        }
    }

    // MARK: Unsubscribe

    private func unsubscribe(_ names: [RedisBytes], _ promise: Promise<[PubSub.SubscriptionResult]>) {
        let dedicatedSubscriptions = shared.get().dedicatedSubscriptions
        let names = names.isEmpty ? allNames.filter { dedicatedSubscriptions.isInStream(.shardChannel, $0) } : names
        guard !names.isEmpty else { return promise.complete(.success([])) }
        let call = shared.get().calls.begin(names.count, promise)
        var targets: [SubscriptionMachine.Target] = []
        for (position, name) in names.enumerated() {
            let ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            if dedicatedSubscriptions.has(.shardChannel, name) {
                // Dedicated subscriptions keep the names that they have.
                detachFromStream(name)
                resolve(ticket, name, .success(nil))
            } else {
                targets.append(SubscriptionMachine.Target(name: name, ticket: ticket))
            }
        }
        unsubscribe(targets)
    }

    private var allNames: [RedisBytes] {
        links.values.flatMap { $0.session.assumeIsolated { $0.shardChannels } } + unassigned.keys
    }

    private func detachFromStream(_ name: RedisBytes) {
        let context = shared.get()
        if let shard = assignedShard(of: name), let session = links[shard]?.session {
            session.assumeIsolated { session in
                session.perform { driver, output in _ = driver.detachFromStream(.shardChannel, [name], &output) }
            }
        } else if context.dedicatedSubscriptions.isInStream(.shardChannel, name) {
            context.dedicatedSubscriptions.setInStream(.shardChannel, name, false)
            context.sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: .shardChannel, name: name, count: nil)))
            let handler = unassigned[name]?.request.handler ?? 0
            unassigned[name]?.request.handler = 0
            unassigned[name]?.request.inlineHandler = nil
            if handler != 0 { context.sink.release(handler) }
        }
        context.sink.turnEnded(isDrained: true)
    }

    /// Unsubscribes each name on the link that has it.
    private func unsubscribe(_ targets: [SubscriptionMachine.Target]) {
        var assigned: [Int: [SubscriptionMachine.Target]] = [:]
        for target in targets {
            if let shard = assignedShard(of: target.name) {
                assigned[shard, default: []].append(target)
            } else {
                forget(target.name)
                resolve(target.ticket, target.name, .success(nil))
            }
        }
        for (shard, targets) in assigned {
            link(to: shard).assumeIsolated { $0.unsubscribe(targets) }
            namesLeft(.shard(shard))
        }
    }

    private func removeDedicated(of mailbox: Mailbox<PubSubControl>, _ promise: PubSubRequest.Results) {
        let context = shared.get()
        guard let dedicated = context.dedicatedSubscriptions[mailbox] else { return promise.complete(.success([])) }
        let names = context.dedicatedSubscriptions.remove(dedicated)
        dedicated.ended(nil)
        guard !names.isEmpty else { return promise.complete(.success([])) }
        let call = context.calls.begin(names.count, promise)
        unsubscribe(SubscriptionMachine.Target.all(names, of: call))
    }

    // MARK: Questions

    /// Sends a PING on all links. Every link has to answer.
    private func ping(_ message: RedisBytes?, _ promise: Promise<Void>) {
        let up = sessions.filter { $0.assumeIsolated { $0.isUp } }
        guard !up.isEmpty else {
            return promise.complete(.failure(RedisError(.connectionLost, "there is no link now")))
        }
        let open = Locked(up.count)
        for session in up {
            let one = Promise<Void> { result in
                let isLast = open.withLock { count in
                    count -= 1
                    return count == 0
                }
                if case .failure = result { promise.complete(result) } else if isLast { promise.complete(result) }
            }
            session.handle(.ping(message, one))
        }
    }

    nonisolated var states: [PubSub.SubscriptionState] { assumeIsolated { $0.currentStates } }

    private var currentStates: [PubSub.SubscriptionState] {
        let handlers = shared.get().handlers
        let waiting = unassigned.values.map { channel in
            PubSub.SubscriptionState(
                kind: .shardChannel,
                name: channel.request.name,
                isWanted: true,
                isConfirmed: false,
                hasHandler: channel.request.inlineHandler != nil || handlers[channel.request.handler] != nil
            )
        }
        return channels.states + links.values.flatMap(\.session.states) + waiting
    }

    nonisolated var dedicatedMailboxes: [Mailbox<PubSubControl>] { shared.get().dedicatedMailboxes }
}
