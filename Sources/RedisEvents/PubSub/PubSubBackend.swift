/// Handles the requests of a `PubSub`: the link to one server, or those to the nodes of a cluster.
protocol PubSubBackend: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// The links that have the channels and patterns.
    var channelLinks: [Session<PubSubDriver>] { get }

    /// Handles a request. Must be called on the loop.
    func handle(_ request: PubSubRequest)

    /// The state of every name: whether it is wanted and confirmed. Must be called on the loop.
    var states: [PubSub.SubscriptionState] { get }

    /// The buffers of the dedicated subscriptions. Must be called on the loop.
    var dedicatedMailboxes: [Mailbox<PubSubControl>] { get }

    /// Ends everything, like the request `close`, and returns when no socket, timer or task is left.
    func close(discarding: Bool) async
}

extension PubSubBackend {
    /// Handles a request on the loop, after the requests that were enqueued before. Any thread may call.
    func enqueue(_ request: PubSubRequest) {
        loop.execute { self.handle(request) }
    }

    /// Calls `body` on the loop, after the requests that were enqueued before, and returns its result. Cancelling the
    /// task does not end the wait.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (any PubSubBackend) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: body(self)) }
        }
    }
}

/// A reference to the backend whose events a mailbox holds, which does not keep the backend alive.
final class WeakBackend: Sendable {
    private struct Reference {
        weak var backend: (any PubSubBackend)?
    }

    private let reference = Locked(Reference())

    var backend: (any PubSubBackend)? {
        get { reference.withLock { $0.backend } }
        set { reference.withLock { $0.backend = newValue } }
    }
}
