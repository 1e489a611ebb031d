// What a user wants of a PubSub, on the loop.

extension PubSubDriver {
    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard !names.isEmpty else { return answer.complete(.success([])) }
        if handlers.isNone, subscribedNames.handlersAreRequired {
            return answer.complete(.failure(.handlerMissing(names[0])))
        }
        if !handlers.isNone { useRoutes() }
        let requests = context.requests(kind, names, handlers, answer) { name in
            machine.entry(kind, name).map { KnownName($0) }
        }
        run(machine.subscribe(kind, requests), &output)
        endTurn(isDrained: true)
    }

    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let all = machine.tables[kind].entries.map(\.name).filter { !isPrivate(kind, $0) && !isProbe(kind, $0) }
        let names = names.isEmpty ? all : names
        guard !names.isEmpty else { return answer.complete(.success([])) }
        let call = calls.begin(names.count, answer)
        // What private subscriptions have as well, they keep.
        let kept = dedicatedSubscriptions.isEmpty ? [] : names.filter { dedicatedSubscriptions.has(kind, $0) }
        let dropped = kept.isEmpty ? names : names.filter { !dedicatedSubscriptions.has(kind, $0) }
        for (index, result) in detachFromStream(kind, kept, &output).enumerated() {
            calls.resolve(SubscriptionMachine.Ticket(call: call, index: UInt32(dropped.count + index)), result)
        }
        run(machine.unsubscribe(kind, SubscriptionMachine.Target.all(dropped, of: call)), &output)
        endTurn(isDrained: true)
    }

    func ping(_ message: RedisBytes?, _ answer: Promise<Void>, _ output: inout WriteBuffer) {
        guard machine.isReady else {
            return answer.complete(.failure(RedisError(.connectionLost, "there is no link now", endpoint: endpoint)))
        }
        ask(RedisCommand(message.map { ["PING", $0] } ?? ["PING"]), answer, &output)
    }

    /// Sends a command that has one reply.
    private func ask(_ command: RedisCommand, _ answer: Promise<Void>, _ output: inout WriteBuffer) {
        lastPing += 1
        pings[lastPing] = answer
        machine.ping(lastPing)
        output.append { command.encode(into: &$0) }
    }

    /// Sends AUTH in place. A subscriber in RESP2 may not: its link is opened anew, and asks for the new credentials.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        guard !speaksRESP2 || machine.tables.allSatisfy(\.isEmpty) else {
            authentication.promise.complete(.failure(.credentialsChanged))
            return requests.reconnect(.credentialsChanged)
        }
        // Like a PING: one reply in its turn, which is no push.
        let answer = Promise<Void> { result in
            authentication.promise.complete(result.mapError { $0.at(.handshake) })
        }
        ask(authentication.command, answer, &output)
    }

    func authenticationFailed(_ error: RedisError) {
        broadcast(.link(.authenticationFailed(error)))
        endTurn(isDrained: true)
    }

    func retry(_ output: inout WriteBuffer) {
        retryIsDue = false
        run(machine.retry(), &output)
        endTurn(isDrained: true)
    }

    /// Asks again for names that the server has taken away again and again.
    func resubscribeRevoked(_ output: inout WriteBuffer) {
        run(machine.resubscribeRevoked(), &output)
        endTurn(isDrained: true)
    }

    /// Tells everyone who waits that the object was closed. `discarding` ends private subscriptions at once, instead of
    /// behind what waits in them.
    func closed(discarding: Bool) {
        // One link of several that has no names any more has missed nothing that anybody wants.
        if clusterDelegate == nil || machine.tables.contains(where: { !$0.entries.isEmpty }) { recordRest() }
        failAll(RedisError(.closed, "closed", endpoint: endpoint))
        machine.forgetAll()
        tellCount()
        requests.cancel()
        if clusterDelegate != nil { return }
        // A handler may hold on to the object that it belongs to.
        context.handlers.removeAll()
        context.end(nil, discarding: discarding)
    }
}

extension RedisError {
    /// The link ends for the sake of the next one.
    fileprivate static var credentialsChanged: RedisError {
        RedisError(.credentialsChanged, "opened anew for new credentials, which a subscriber in RESP2 cannot send")
    }

    /// The same error, of another phase.
    fileprivate func at(_ phase: Phase) -> RedisError {
        var error = self
        error.phase = phase
        return error
    }
}
