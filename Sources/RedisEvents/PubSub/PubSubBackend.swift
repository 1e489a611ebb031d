/// What a `PubSub` does its work with: the link to one server, or those to the nodes of a cluster.
///
/// Any thread may call. What is asked for happens on the loop, in the order of the calls.
protocol PubSubBackend: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// The link that has the channels and patterns.
    var classic: Session<PubSubDriver> { get }

    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    )

    /// Without names: all of that kind.
    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Promise<[PubSub.SubscriptionResult]>
    )

    /// Begins a private subscription.
    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    )

    /// Ends a private subscription.
    func removeDedicated(of mailbox: Mailbox<PubSubControl>, _ answer: Promise<[PubSub.SubscriptionResult]>)

    func ping(_ message: RedisBytes?, _ answer: Promise<Void>)

    /// Answers behind everything that was asked for before, and behind the turn that the loop is in.
    func settle(_ answer: Promise<Void>)

    /// The answer is a failure when a wanted name has no handler.
    func requireHandlers(_ answer: Promise<Void>)

    func states() async -> [PubSub.SubscriptionState]

    /// The buffers of the private subscriptions.
    func privateMailboxes() async -> [Mailbox<PubSubControl>]

    /// The readers have room again.
    func adjustReading()

    /// Ends everything, and returns when nothing is left. `discarding` ends private subscriptions at once, instead of behind
    /// what waits in them.
    func close(discarding: Bool) async

    /// The same without waiting for the end.
    func closeNow(discarding: Bool)

    /// Ends the links; whoever still waits for the object is told nothing.
    func abandon()

    func cut() async
    func suspend() async
    func resume() async
}

extension PubSubBackend {
    /// Throws on the loop's thread: a blocking call there, in an inline handler for instance, would wait for itself.
    func refuseOnLoop() throws(RedisError) {
        if loop.isCurrent {
            throw RedisError(.invalidCommand, "a blocking call on the event loop would wait for itself")
        }
    }
}

/// Lets a mailbox find the engine whose events it holds.
final class WeakEngine: Sendable {
    private struct Reference {
        weak var engine: (any PubSubBackend)?
    }

    private let reference = Locked(Reference())

    var engine: (any PubSubBackend)? {
        get { reference.withLock { $0.engine } }
        set { reference.withLock { $0.engine = newValue } }
    }
}
