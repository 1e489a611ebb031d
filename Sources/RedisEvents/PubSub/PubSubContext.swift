internal import Synchronization

/// The state that all links of a `PubSub` share. It belongs to the loop, except for the handlers and the count of
/// names.
package final class PubSubContext {
    let handlers: HandlerTable
    let subscribedNames: SubscribedNames
    let sink: any PubSubSink
    /// Counts the messages of the links for an observer; `nil` if there is none.
    var watch: StreamWatch?
    let calls = CallTable()
    let dedicatedSubscriptions = DedicatedSubscriptionTable()
    /// The last messages of all links of a cluster. No other link makes use of it.
    private(set) lazy var recent = RecentMessages()

    package init(handlers: HandlerTable, subscribedNames: SubscribedNames, sink: any PubSubSink) {
        self.handlers = handlers
        self.subscribedNames = subscribedNames
        self.sink = sink
    }

    /// The buffers of the dedicated subscriptions.
    var dedicatedMailboxes: [Mailbox<PubSubControl>] { dedicatedSubscriptions.all.map(\.mailbox) }

    /// Fails when a name that the stream wants has no handler.
    func requireHandlers(_ states: [PubSub.SubscriptionState]) -> Result<Void, RedisError> {
        let bare = states.first { state in
            state.isWanted && !state.hasHandler && dedicatedSubscriptions.isInStream(state.kind, state.name)
        }
        return bare.map { .failure(.handlerMissing($0.name)) } ?? .success(())
    }

    /// Ends the stream. `discarding` ends dedicated subscriptions at once, instead of after the events that wait in
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

/// Passes a context to the links of one loop, which are all actors of that loop's thread.
final class SharedContext: Sendable {
    private let context: Locked<PubSubContext>

    init(_ context: sending PubSubContext) { self.context = Locked(context) }

    /// Must be used on the loop.
    func get() -> PubSubContext { context.withLock { $0 } }
}

/// The subscribe and unsubscribe calls that wait for the results of their names, over all links of a `PubSub`. It
/// belongs to the loop.
final class CallTable {
    private struct Call {
        var results: [PubSub.SubscriptionResult?]
        var remaining: Int
        var promise: Promise<[PubSub.SubscriptionResult]>
    }

    private var calls: [UInt32: Call] = [:]
    private var numbers: NumberSequence

    init(_ numbers: NumberSequence = NumberSequence()) { self.numbers = numbers }

    /// Begins a call with this many names. No call has the number 0.
    func begin(_ count: Int, _ promise: Promise<[PubSub.SubscriptionResult]>) -> UInt32 {
        let number = numbers.next { calls[$0] != nil }
        calls[number] = Call(results: Array(repeating: nil, count: count), remaining: count, promise: promise)
        return number
    }

    /// Notes the result of one name. With the last one, the call's promise is completed.
    func resolve(_ ticket: SubscriptionMachine.Ticket, _ result: PubSub.SubscriptionResult) {
        guard ticket.call != 0, var call = calls.removeValue(forKey: ticket.call) else { return }
        if call.results[Int(ticket.index)] == nil { call.remaining -= 1 }
        call.results[Int(ticket.index)] = result
        guard call.remaining == 0 else {
            calls[ticket.call] = call
            return
        }
        let results = call.results.compactMap { $0 }
        // If some names have succeeded, the results contain the refusals of the others. If none has, the call fails.
        let errors = results.compactMap(\.error)
        call.promise.complete(errors.count == results.count ? .failure(errors[0]) : .success(results))
    }

    /// Fails all calls, because no name will have a result any more.
    func failAll(_ error: RedisError) {
        for call in exchange(&calls, with: [:]).values { call.promise.complete(.failure(error)) }
    }
}

/// What threads may ask about the subscriptions without waiting for the loop.
package final class SubscribedNames: Sendable {
    package init() {}

    private let confirmed = Atomic<Int>(0)
    private let readersOfHandlers = Atomic<Int>(0)

    /// How many names the server has confirmed, without those whose end it has confirmed.
    var count: Int { confirmed.load(ordering: .acquiring) }

    /// Adds a link's change of the number of its names.
    func add(_ difference: Int) {
        if difference != 0 { confirmed.add(difference, ordering: .acquiringAndReleasing) }
    }

    /// Whether a reader that only calls handlers is running. Nobody would receive the messages of a name without a
    /// handler then.
    var handlersAreRequired: Bool { readersOfHandlers.load(ordering: .acquiring) > 0 }

    func readerBegan() { readersOfHandlers.add(1, ordering: .acquiringAndReleasing) }

    func readerEnded() { readersOfHandlers.subtract(1, ordering: .acquiringAndReleasing) }
}
