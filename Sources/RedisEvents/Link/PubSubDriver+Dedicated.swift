// Dedicated subscriptions: some names go to mailboxes of their own, in addition to the common stream or instead of it.
extension PubSubDriver {
    /// Subscribes to names whose messages go to `mailbox`.
    package func subscribeDedicated(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>,
        _ promise: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let requests = context.requests(kind, names, dedicatedTo: mailbox, promise) { name in
            machine.entry(kind, name).map { KnownName($0) }
        }
        router.lookUpNames()
        perform(machine.subscribe(kind, requests), &output)
        router.endTurn(isDrained: true)
    }

    /// Ends a dedicated subscription, and unsubscribes from the names that nobody else wants. Idempotent.
    func removeDedicated(
        of mailbox: Mailbox<PubSubControl>,
        _ promise: Promise<[PubSub.SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard let dedicated = context.dedicatedSubscriptions[mailbox] else {
            return promise.complete(.success([]))
        }
        let names = context.dedicatedSubscriptions.remove(dedicated)
        dedicated.ended(nil)
        guard !names.isEmpty else { return promise.complete(.success([])) }
        let call = context.calls.begin(names.count, promise)
        perform(machine.unsubscribe(dedicated.kind, SubscriptionMachine.Target.all(names, of: call)), &output)
        context.dedicatedSubscriptions.forget(dedicated.kind, names, unlessKnownTo: machine)
        router.endTurn(isDrained: true)
    }

    /// Removes names from the stream that dedicated subscriptions keep. Returns the results for the caller.
    func detachFromStream(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ output: inout WriteBuffer)
        -> [PubSub.SubscriptionResult]
    {
        for name in names where context.dedicatedSubscriptions.isInStream(kind, name) {
            context.dedicatedSubscriptions.setInStream(kind, name, false)
            router.sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: kind, name: name, count: nil)))
            perform(machine.dropHandler(kind, name), &output)
        }
        return names.map { PubSub.SubscriptionResult(kind: kind, name: $0, outcome: .success(nil)) }
    }
}
