// The requests of a user, on the loop.

extension PubSubDriver {
    package func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ promise: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard !names.isEmpty else { return promise.complete(.success([])) }
        if handlers.isNone, context.subscribedNames.handlersAreRequired {
            return promise.complete(.failure(.handlerMissing(names[0])))
        }
        if !handlers.isNone { router.lookUpNames() }
        let requests = context.requests(kind, names, handlers, promise) { name in
            machine.entry(kind, name).map { KnownName($0) }
        }
        perform(machine.subscribe(kind, requests), &output)
        router.endTurn(isDrained: true)
    }

    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ promise: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let dedicatedSubscriptions = context.dedicatedSubscriptions
        let all = machine.tables[kind].entries.map(\.name).filter {
            dedicatedSubscriptions.isInStream(kind, $0) && !isProbe(kind, $0)
        }
        let names = names.isEmpty ? all : names
        guard !names.isEmpty else { return promise.complete(.success([])) }
        let call = context.calls.begin(names.count, promise)
        // Dedicated subscriptions keep the names that they have.
        let kept = dedicatedSubscriptions.isEmpty ? [] : names.filter { dedicatedSubscriptions.has(kind, $0) }
        let dropped = kept.isEmpty ? names : names.filter { !dedicatedSubscriptions.has(kind, $0) }
        for (index, result) in detachFromStream(kind, kept, &output).enumerated() {
            context.calls.resolve(SubscriptionMachine.Ticket(call: call, index: UInt32(dropped.count + index)), result)
        }
        perform(machine.unsubscribe(kind, SubscriptionMachine.Target.all(dropped, of: call)), &output)
        router.endTurn(isDrained: true)
    }

    /// The state of every name: whether it is wanted and confirmed.
    var states: [PubSub.SubscriptionState] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.filter { !isProbe(kind, $0.name) }.map { entry in
                PubSub.SubscriptionState(
                    kind: kind,
                    name: entry.name,
                    isWanted: entry.isWanted,
                    isConfirmed: entry.isConfirmed,
                    hasHandler: entry.inlineHandler != nil || context.handlers[entry.handler] != nil
                )
            }
        }
    }

    func ping(_ message: RedisBytes?, _ promise: Promise<Void>, _ output: inout WriteBuffer) {
        guard machine.isReady else {
            return promise.complete(.failure(RedisError(.connectionLost, "there is no link now", endpoint: endpoint)))
        }
        ask(RedisCommand(message.map { ["PING", $0] } ?? ["PING"]), promise, &output)
    }

    /// Sends a command that has one reply.
    private func ask(_ command: RedisCommand, _ promise: Promise<Void>, _ output: inout WriteBuffer) {
        machine.ping(pings.add(promise))
        output.append { command.encode(into: &$0) }
    }

    /// Sends AUTH on the link. A subscriber in RESP2 may not send AUTH, so its link is opened anew with the new
    /// credentials.
    package func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        guard !speaksRESP2 || machine.tables.allSatisfy(\.isEmpty) else {
            authentication.promise.complete(.failure(.credentialsChanged))
            return requests.reconnect(.credentialsChanged)
        }
        // As with PING, one reply comes in turn, and it is not a push.
        let promise = Promise<Void> { result in
            authentication.promise.complete(result.mapError { $0.at(.handshake) })
        }
        ask(authentication.command, promise, &output)
    }

    package func authenticationFailed(_ error: RedisError) {
        filters.gap.broadcast(.link(.authenticationFailed(error)))
        router.endTurn(isDrained: true)
    }

    func retry(_ output: inout WriteBuffer) {
        retryIsDue = false
        perform(machine.retry(), &output)
        router.endTurn(isDrained: true)
    }

    /// Subscribes again to names that the server has taken away again and again.
    func resubscribeRevoked(_ output: inout WriteBuffer) {
        perform(machine.resubscribeRevoked(), &output)
        router.endTurn(isDrained: true)
    }

    /// Fails everything that waits, because the object was closed. `discarding` ends dedicated subscriptions at once,
    /// instead of after the events that wait in them.
    func closed(discarding: Bool) {
        // One link of several that has no names any more has missed nothing.
        if clusterDelegate == nil || machine.tables.contains(where: { !$0.entries.isEmpty }) {
            filters.gap.streamEnded()
        }
        failAll(RedisError(.closed, "closed", endpoint: endpoint))
        machine.forgetAll()
        tellCount()
        requests.cancel()
        if clusterDelegate != nil { return }
        context.end(nil, discarding: discarding)
    }
}

extension RedisError {
    static func handlerMissing(_ name: RedisBytes) -> RedisError {
        let text = "\(name.shown()) has no handler, and the reader takes handlers only"
        return RedisError(.handlerMissing, text, phase: .subscribe)
    }

    /// The error of a link that is closed so that the next one uses new credentials.
    fileprivate static var credentialsChanged: RedisError {
        RedisError(.credentialsChanged, "opened anew for new credentials, which a subscriber in RESP2 cannot send")
    }

    /// The same error with another phase.
    fileprivate func at(_ phase: Phase) -> RedisError {
        var error = self
        error.phase = phase
        return error
    }
}
