// What a user wants of a PubSub, on the loop.

extension PubSubDriver {
    func subscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        _ handler: MessageHandler?,
        _ answer: Answer<[SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard !names.isEmpty else { return answer.give(.success([])) }
        if handler == nil, subscribedNames.handlersAreRequired {
            return answer.give(.failure(.handlerMissing(names[0])))
        }
        let call = begin(names.count, answer)
        var numbers: [RedisBytes: UInt32] = [:]
        let wishes = names.map { wish(kind, $0, handler, &numbers) }
        if !outlets.isEmpty { for name in names { outlets.setInStream(kind, name, true) } }
        run(machine.subscribe(kind, wishes, call: call), &output)
        endTurn(isDrained: true)
    }

    func unsubscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Answer<[SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let all = machine.tables[kind].entries.map(\.name).filter { !isPrivate(kind, $0) && !isProbe(kind, $0) }
        let names = names.isEmpty ? all : names
        guard !names.isEmpty else { return answer.give(.success([])) }
        let call = begin(names.count, answer)
        // What private subscriptions have as well, they keep.
        let kept = outlets.isEmpty ? [] : names.filter { outlets.has(kind, $0) }
        let dropped = kept.isEmpty ? names : names.filter { !outlets.has(kind, $0) }
        for (index, result) in detachFromStream(kind, kept, &output).enumerated() {
            resolve(SubscriptionMachine.Ticket(call: call, index: UInt32(dropped.count + index)), result)
        }
        run(machine.unsubscribe(kind, dropped, call: call), &output)
        endTurn(isDrained: true)
    }

    func ping(_ message: RedisBytes?, _ answer: Answer<Void>, _ output: inout WriteBuffer) {
        guard machine.isReady else {
            return answer.give(.failure(RedisError(.connectionLost, "there is no link now", endpoint: endpoint)))
        }
        ask(RedisCommand(message.map { ["PING", $0] } ?? ["PING"]), answer, &output)
    }

    func retry(_ output: inout WriteBuffer) {
        if let handover, handover.isExclusive { return requests.retryLater() }
        retryIsDue = false
        run(machine.retry(), &output)
        endTurn(isDrained: true)
    }

    /// Tells everyone who waits that the object was closed. `discarding` ends private subscriptions at once, instead of
    /// behind what waits in them.
    func closed(discarding: Bool) {
        endHandover(.failure(.closed))
        failAll(RedisError(.closed, "closed", endpoint: endpoint))
        machine.forgetAll()
        subscribedNames.count = 0
        // A handler may hold on to the object that it belongs to.
        handlers.removeAll()
        requests.cancel()
        endAll(nil, discarding: discarding)
    }

    func begin(_ count: Int, _ answer: Answer<[SubscriptionResult]>) -> UInt32 {
        lastCall += 1
        calls[lastCall] = Call(results: Array(repeating: nil, count: count), remaining: count, answer: answer)
        return lastCall
    }

    /// A name keeps the number of its handler when it is subscribed again, so that messages already queued reach the new
    /// handler.
    private func wish(
        _ kind: SubscriptionKind,
        _ name: RedisBytes,
        _ handler: MessageHandler?,
        _ numbers: inout [RedisBytes: UInt32]
    )
        -> SubscriptionMachine.Wish
    {
        var wish = SubscriptionMachine.Wish(name: name)
        var called = handler
        if case .inline(let inline)? = handler?.kind {
            wish.inlineHandler = inline
            called = nil
        }
        if let index = machine.tables[kind].index(of: name.rawSpan) {
            wish.handler = machine.tables[kind].entries[index].handler
        }
        if wish.handler != 0 {
            handlers.replace(wish.handler, by: called)
        } else if let called {
            // A name that is given twice has one handler all the same.
            wish.handler = numbers[name] ?? handlers.add(called)
            numbers[name] = wish.handler
        }
        if handler != nil { useRoutes() }
        return wish
    }
}
