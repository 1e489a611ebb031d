// What a user wants, as wishes for a subscription machine. `known` tells what is known of a name, on whatever link.
extension PubSubContext {
    typealias Wish = SubscriptionMachine.Wish

    /// Names for the stream, or for handlers. Messages of theirs that are queued go to the same from now on.
    func wishes(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ requested: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>,
        known: (RedisBytes) -> KnownName?
    ) -> [Wish] {
        let call = calls.begin(names.count, answer)
        var numbers: [RedisBytes: UInt32] = [:]
        var assignment = HandlerAssignment(kind)
        let hasHandlers = !handlers.isEmpty
        if !dedicatedSubscriptions.isEmpty {
            for name in names { dedicatedSubscriptions.setInStream(kind, name, true) }
        }
        let wishes = names.enumerated().map { position, name in
            let known = known(name)
            var wish = wish(name, known, requested[position], &numbers)
            wish.ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            if wish.handler != known?.handler ?? 0 || known == nil && hasHandlers {
                assignment.assign(wish.handler, to: name, isNew: known == nil)
            }
            return wish
        }
        if !assignment.isEmpty { sink.rebind(assignment) }
        return wishes
    }

    /// Names for a private subscription.
    func wishes(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>,
        known: (RedisBytes) -> KnownName?
    ) -> [Wish] {
        let dedicated = DedicatedSubscription(kind, names, mailbox)
        dedicatedSubscriptions.add(dedicated) { name in known(name)?.isWanted == true }
        dedicated.isLive = names.contains { known($0)?.isConfirmed == true }
        let call = calls.begin(names.count, answer)
        return names.enumerated().map { position, name in
            var wish = Wish(name: name)
            // Who takes the messages of the stream does not change.
            if let known = known(name) {
                wish.handler = known.handler
                wish.inlineHandler = known.inlineHandler
            }
            wish.ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            return wish
        }
    }

    /// A name keeps the number of its handler when it is subscribed again, so that messages already queued reach the new
    /// handler.
    private func wish(
        _ name: RedisBytes,
        _ known: KnownName?,
        _ handler: PubSub.Handler?,
        _ numbers: inout [RedisBytes: UInt32]
    ) -> Wish {
        var wish = Wish(name: name)
        var called = handler
        if case .inline(let inline)? = handler?.kind {
            wish.inlineHandler = inline
            called = nil
        }
        wish.handler = known?.handler ?? 0
        if wish.handler != 0 {
            handlers.replace(wish.handler, by: called)
        } else if let called {
            // A name that is given twice has one handler all the same.
            wish.handler = numbers[name] ?? handlers.add(called)
            numbers[name] = wish.handler
        }
        return wish
    }
}
