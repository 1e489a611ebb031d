/// A request to a `PubSub`: a value that goes from the facade through the backend to the link that handles it.
enum PubSubRequest: Sendable {
    typealias Results = Promise<[PubSub.SubscriptionResult]>

    /// Subscribes to names for the stream or for handlers.
    case subscribe(RedisSubscriptionKind, [RedisBytes], RequestedHandlers, Results)
    /// Unsubscribes from names; without names, from all of that kind that the stream has.
    case unsubscribe(RedisSubscriptionKind, [RedisBytes], Results)
    /// Subscribes to names whose messages go to a mailbox of their own.
    case subscribeDedicated(RedisSubscriptionKind, [RedisBytes], Mailbox<PubSubControl>, Results)
    /// Ends the dedicated subscription that the mailbox belongs to.
    case removeDedicated(Mailbox<PubSubControl>, Results)
    /// Sends a PING over each link that is up. The argument is the text that the server repeats.
    case ping(RedisBytes?, Promise<Void>)
    /// Completes the promise after all earlier requests, and after the current turn of the loop.
    case settle(Promise<Void>)
    /// Fails the promise when a name that the stream wants has no handler.
    case requireHandlers(Promise<Void>)
    /// Notes that the readers have room again.
    case adjustReading
    /// Cuts the links, as if the network had failed.
    case cut
    /// Closes the links until `resume`.
    case suspend
    case resume
    /// Ends everything. `discarding` ends dedicated subscriptions at once, instead of after the events that wait in
    /// them.
    case close(discarding: Bool)
    /// Ends the links without any event, because nobody has the object any more.
    case abandon

    /// Whether the request needs a server, so that it fails once the object is closed.
    var isForServer: Bool {
        switch self {
        case .subscribe, .unsubscribe, .subscribeDedicated, .removeDedicated, .ping: true
        case .settle, .requireHandlers, .adjustReading, .cut, .suspend, .resume, .close, .abandon: false
        }
    }

    /// Fails the promise of the request.
    func fail(_ error: RedisError) {
        switch self {
        case .subscribe(_, _, _, let promise), .unsubscribe(_, _, let promise),
            .subscribeDedicated(_, _, _, let promise), .removeDedicated(_, let promise):
            promise.complete(.failure(error))
        case .ping(_, let promise), .settle(let promise), .requireHandlers(let promise):
            promise.complete(.failure(error))
        case .adjustReading, .cut, .suspend, .resume, .close, .abandon: break
        }
    }
}

/// The receivers of the messages of one call's names.
package enum RequestedHandlers: Sendable, ExpressibleByNilLiteral {
    /// No handler: the messages go to the stream.
    case none
    /// One handler for all names.
    case one(PubSub.Handler)
    /// A handler for each name, in the order of the names.
    case each([PubSub.Handler])

    package init(nilLiteral: ()) { self = .none }

    init(_ handler: PubSub.Handler?) { self = handler.map { .one($0) } ?? .none }

    /// The handler of the name at `position`.
    subscript(position: Int) -> PubSub.Handler? {
        switch self {
        case .none: nil
        case .one(let handler): handler
        case .each(let handlers): handlers[position]
        }
    }

    var isNone: Bool {
        if case .none = self { return true }
        return false
    }
}

extension RedisError {
    package static let closed = RedisError(.closed, "closed")
    package static let suspension = RedisError(.suspended, "suspended, because the process was stopped")
}
