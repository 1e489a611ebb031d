// The operations of a PubSub where they happen: on the loop, inside the session.
extension Session<PubSubDriver> {
    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        guard !isClosed else { return answer.complete(.failure(.closed)) }
        perform { driver, output in driver.subscribe(kind, names, handlers, answer, &output) }
        start()
    }

    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        guard !isClosed else { return answer.complete(.failure(.closed)) }
        perform { driver, output in driver.unsubscribe(kind, names, answer, &output) }
    }

    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        guard !isClosed else { return answer.complete(.failure(.closed)) }
        perform { driver, output in driver.subscribe(kind, names, into: mailbox, answer, &output) }
        start()
    }

    func removeDedicated(of mailbox: Mailbox<PubSubControl>, _ answer: Promise<[PubSub.SubscriptionResult]>) {
        guard !isClosed else { return answer.complete(.failure(.closed)) }
        perform { driver, output in driver.removeDedicated(of: mailbox, answer, &output) }
    }

    /// The buffers of the private subscriptions.
    var privateMailboxes: [Mailbox<PubSubControl>] { driver.dedicatedSubscriptions.all.map(\.mailbox) }

    func ping(_ message: RedisBytes?, _ answer: Promise<Void>) {
        guard !isClosed else { return answer.complete(.failure(.closed)) }
        perform { driver, output in driver.ping(message, answer, &output) }
    }

    var states: [PubSub.SubscriptionState] { driver.states }

    func closed(discarding: Bool) async {
        closedNow(discarding: discarding)
        await close()
    }

    /// Idempotent; after the end of a link that is not to come back it still lets go of the handlers.
    func closedNow(discarding: Bool) {
        closeNow()
        perform { driver, _ in driver.closed(discarding: discarding) }
    }
}

extension RedisError {
    static let closed = RedisError(.closed, "closed")
    static let suspension = RedisError(.suspended, "suspended, because the process was stopped")
}
