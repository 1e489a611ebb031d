internal import Synchronization

/// What all links of a `PubSub` have in common. It belongs to the loop, but for the handlers and the count of names.
package final class PubSubContext {
    let handlers: HandlerTable
    let subscribedNames: SubscribedNames
    let sink: any PubSubSink
    let calls = CallTable()
    let dedicatedSubscriptions = DedicatedSubscriptionTable()
    /// What came lately, in a cluster, over whatever link.
    var recent = RecentMessages()

    package init(handlers: HandlerTable, subscribedNames: SubscribedNames, sink: any PubSubSink) {
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

    /// No event will come any more. `discarding` ends dedicated subscriptions at once, instead of behind what waits in
    /// them.
    func end(_ error: RedisError?, discarding: Bool) {
        sink.ended(error)
        // A handler may hold on to the object that it belongs to. Where something waits, it is for the handlers still.
        if discarding { handlers.removeAll() }
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

/// The subscribe and unsubscribe calls that wait for their names, over all links of a `PubSub`. It belongs to the loop.
final class CallTable {
    private struct Call {
        var results: [PubSub.SubscriptionResult?]
        var remaining: Int
        var answer: Promise<[PubSub.SubscriptionResult]>
    }

    private var calls: [UInt32: Call] = [:]
    private var last: UInt32 = 0

    /// A call with that many names. 0 is nobody's number.
    func begin(_ count: Int, _ answer: Promise<[PubSub.SubscriptionResult]>) -> UInt32 {
        last += 1
        calls[last] = Call(results: Array(repeating: nil, count: count), remaining: count, answer: answer)
        return last
    }

    /// One name has its result. With the last one the caller gets the answer.
    func resolve(_ ticket: SubscriptionMachine.Ticket, _ result: PubSub.SubscriptionResult) {
        guard ticket.call != 0, var call = calls.removeValue(forKey: ticket.call) else { return }
        if call.results[Int(ticket.index)] == nil { call.remaining -= 1 }
        call.results[Int(ticket.index)] = result
        guard call.remaining == 0 else {
            calls[ticket.call] = call
            return
        }
        let results = call.results.compactMap { $0 }
        // Others' refusals are in the results; when nothing was achieved, that is the call's failure.
        let errors = results.compactMap(\.error)
        call.answer.complete(errors.count == results.count ? .failure(errors[0]) : .success(results))
    }

    /// No name will have a result any more.
    func failAll(_ error: RedisError) {
        for call in exchange(&calls, with: [:]).values { call.answer.complete(.failure(error)) }
    }
}

/// What threads may ask about the subscriptions without a word to the loop.
package final class SubscribedNames: Sendable {
    package init() {}

    private let confirmed = Atomic<Int>(0)
    private let readersOfHandlers = Atomic<Int>(0)

    /// How many names the server has confirmed and not confirmed away.
    var count: Int { confirmed.load(ordering: .acquiring) }

    /// One of the links has so many more.
    func add(_ difference: Int) {
        if difference != 0 { confirmed.add(difference, ordering: .acquiringAndReleasing) }
    }

    /// Whether a reader runs that takes handlers only, so that a name without one would go unheard.
    var handlersAreRequired: Bool { readersOfHandlers.load(ordering: .acquiring) > 0 }

    func readerBegan() { readersOfHandlers.add(1, ordering: .acquiringAndReleasing) }

    func readerEnded() { readersOfHandlers.subtract(1, ordering: .acquiringAndReleasing) }
}
