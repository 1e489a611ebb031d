/// What all links of a `PubSub` have in common. It belongs to the loop, but for the handlers and the count of names.
final class PubSubContext {
    let handlers: HandlerTable
    let subscribedNames: SubscribedNames
    let sink: any PubSubSink
    let calls = CallTable()
    let dedicatedSubscriptions = DedicatedSubscriptionTable()
    /// What came lately, in a cluster, over whatever link.
    var recent = RecentMessages()

    init(handlers: HandlerTable, subscribedNames: SubscribedNames, sink: any PubSubSink) {
        self.handlers = handlers
        self.subscribedNames = subscribedNames
        self.sink = sink
    }

    /// The buffers of the dedicated subscriptions.
    var dedicatedMailboxes: [Mailbox<PubSubControl>] { dedicatedSubscriptions.all.map(\.mailbox) }

    /// Fails when one of the names that the stream wants has no handler.
    func requireHandlers(_ states: [PubSub.SubscriptionState]) -> Result<Void, RedisError> {
        let bare = states.first { state in
            state.isWanted && !state.hasHandler && dedicatedSubscriptions.isInStream(state.kind, state.name)
        }
        return bare.map { .failure(.handlerMissing($0.name)) } ?? .success(())
    }

    /// No event will come any more. `discarding` ends private subscriptions at once, instead of behind what waits in them.
    func end(_ error: RedisError?, discarding: Bool) {
        sink.ended(error)
        for dedicated in dedicatedSubscriptions.all {
            if discarding { dedicated.mailbox.close() } else { dedicated.ended(error) }
        }
        dedicatedSubscriptions.removeAll()
    }
}

/// Carries a context to the links of one loop, which all are actors of that loop's thread.
final class SharedContext: Sendable {
    private let context: Locked<PubSubContext>

    init(_ context: sending PubSubContext) { self.context = Locked(context) }

    /// To be used on the loop.
    func get() -> PubSubContext { context.withLock { $0 } }
}
