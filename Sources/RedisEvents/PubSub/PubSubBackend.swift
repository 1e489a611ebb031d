/// What a `PubSub` does its work with: the link to one server, or those to the nodes of a cluster.
protocol PubSubBackend: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// The links that have the channels and patterns.
    var channelLinks: [Session<PubSubDriver>] { get }

    /// Does what is asked. Must be called on the loop.
    func handle(_ request: PubSubRequest)

    /// Every name, with what is wanted and what is confirmed. Must be called on the loop.
    var states: [PubSub.SubscriptionState] { get }

    /// The buffers of the dedicated subscriptions. Must be called on the loop.
    var dedicatedMailboxes: [Mailbox<PubSubControl>] { get }

    /// Ends everything, as the request of that name, and returns when no socket, timer or task is left.
    func close(discarding: Bool) async
}

extension PubSubBackend {
    /// Has a request done on the loop, behind those that were enqueued before it. Any thread may call.
    func enqueue(_ request: PubSubRequest) {
        loop.execute { self.handle(request) }
    }

    /// Has `body` done on the loop, behind what was enqueued before it, and returns its result. It does not end early
    /// when the task is cancelled.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (any PubSubBackend) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: body(self)) }
        }
    }
}

/// The backend whose events a mailbox holds, without keeping it alive.
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
