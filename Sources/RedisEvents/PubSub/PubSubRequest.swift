/// What is asked of a `PubSub`: a value that goes one way down, from the facade through the backend to the link that
/// does it.
enum PubSubRequest: Sendable {
    typealias Results = Promise<[PubSub.SubscriptionResult]>

    /// Names for the stream, or for handlers.
    case subscribe(RedisSubscriptionKind, [RedisBytes], RequestedHandlers, Results)
    /// Without names: all of that kind that the stream has.
    case unsubscribe(RedisSubscriptionKind, [RedisBytes], Results)
    /// Names whose messages go to a mailbox of their own.
    case subscribeDedicated(RedisSubscriptionKind, [RedisBytes], Mailbox<PubSubControl>, Results)
    /// The end of a dedicated subscription, which its mailbox stands for.
    case removeDedicated(Mailbox<PubSubControl>, Results)
    /// A PING over each link that stands. The argument is what the server is to repeat.
    case ping(RedisBytes?, Promise<Void>)
    /// Completes the promise behind everything that was asked before, and behind the turn that the loop is in.
    case settle(Promise<Void>)
    /// Fails the promise when a name that the stream wants has no handler.
    case requireHandlers(Promise<Void>)
    /// The readers have room again.
    case adjustReading
    /// Loses the links, as if the network had cut them.
    case cut
    /// Closes the links until `resume`.
    case suspend
    case resume
    /// Ends everything. `discarding` ends dedicated subscriptions at once, instead of behind what waits in them.
    case close(discarding: Bool)
    /// Ends the links, and tells nobody: nobody has the object any more.
    case abandon

    /// Whether it asks something of a server, so that it fails once the object is closed.
    var isForServer: Bool {
        switch self {
        case .subscribe, .unsubscribe, .subscribeDedicated, .removeDedicated, .ping: true
        case .settle, .requireHandlers, .adjustReading, .cut, .suspend, .resume, .close, .abandon: false
        }
    }

    /// Tells whoever waits that nothing is done.
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

/// Who is to take the messages of the names of one call.
package enum RequestedHandlers: Sendable, ExpressibleByNilLiteral {
    /// Nobody: they go to the stream.
    case none
    /// One handler, those of all names.
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
    static let closed = RedisError(.closed, "closed")
    static let suspension = RedisError(.suspended, "suspended, because the process was stopped")
}
