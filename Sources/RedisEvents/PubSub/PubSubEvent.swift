extension PubSub {
    /// An event of a `PubSub` stream. Events come in order.
    public enum Event: Sendable {
        /// A message that no handler takes.
        case message(PubSub.Message)
        /// The server confirmed a subscription, either a requested one or one that was restored on a new link.
        indirect case subscribed(PubSub.SubscriptionChange)
        /// A subscription ended.
        indirect case unsubscribed(PubSub.SubscriptionChange)
        /// The server refused a name.
        indirect case refused(PubSub.SubscriptionRefusal)
        /// Messages may have been missed here: the link was down, the server ended a subscription, or messages were
        /// left out as possible echoes. `cause` says which.
        indirect case gap(RedisGap)
        /// Events were dropped here: the reader was too slow, or pushes of unknown kinds exceeded
        /// `RedisBufferLimit.pushBytes`.
        case drop(RedisDrop)
        /// The link was lost, is being opened again, or is back.
        indirect case link(RedisLinkEvent)
        /// A handler threw. Only `listen`, which cannot throw, reports it in this way. `underlyingError` is the error
        /// that was thrown.
        indirect case handlerFailed(RedisError)
        /// The object has ended with this error. Only `listen`, which cannot throw, reports it in this way, as its last
        /// event. The error stays readable as `failure`.
        indirect case failed(RedisError)
        /// A push of an unknown kind, complete. It is not an error, because servers add kinds.
        indirect case push(RESPValue)

        /// The message, if it is one.
        @inlinable public var message: PubSub.Message? {
            if case .message(let message) = self { return message }
            return nil
        }

        /// Whether it is a confirmation, which `ignoreSubscribeMessages` leaves out.
        public var isConfirmation: Bool {
            switch self {
            case .subscribed, .unsubscribed: true
            case .message, .refused, .gap, .drop, .link, .handlerFailed, .failed, .push: false
            }
        }

        /// Whether it is a link event or a gap, which `ignoreLinkEvents` leaves out.
        public var isOfLink: Bool {
            switch self {
            case .link, .gap: true
            case .message, .subscribed, .unsubscribed, .refused, .drop, .handlerFailed, .failed, .push: false
            }
        }

        /// The server that the event came from or is about; `nil` where it is no particular server.
        public var node: RedisEndpoint? {
            switch self {
            case .message(let message): message.node
            case .gap(let gap): gap.cause.node
            case .link(let event): event.node
            case .refused(let refusal): refusal.error.endpoint
            case .failed(let error): error.endpoint
            case .subscribed, .unsubscribed, .drop, .handlerFailed, .push: nil
            }
        }
    }
}

extension PubSub.Event: RedisStreamEvent {
    /// Creates the event of a message from its record.
    ///
    /// - Parameter record: The bytes of the message.
    @inlinable
    public init(_ record: RedisStreamRecord) {
        self = .message(PubSub.Message(slab: record.slab, record: record.record))
    }
}

extension PubSub.Event: CustomStringConvertible {
    /// A description of the event. It contains names, but never payloads.
    public var description: String {
        switch self {
        case .message(let message): message.description
        case .subscribed(let change): "subscribed: \(change)"
        case .unsubscribed(let change): "unsubscribed: \(change)"
        case .refused(let refusal): "refused: \(refusal)"
        case .gap(let gap): gap.description
        case .drop(let drop): drop.description
        case .link(let event): event.description
        case .handlerFailed(let error): error.description
        case .push(let value): value.pushInWords
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension PubSub.SubscriptionChange: CustomStringConvertible {
    /// The name and the server's count: `channel orders (3)`.
    public var description: String { kind.words(name) + (count.map { " (\($0))" } ?? "") }
}

extension PubSub.SubscriptionRefusal: CustomStringConvertible {
    /// The name and the error: `channel orders: 10.0.0.1:6379: subscribe: NOPERM …`.
    public var description: String { "\(kind.words(name)): \(error)" }
}

extension PubSub.SubscriptionResult: CustomStringConvertible {
    /// The name, and the server's count or its error.
    public var description: String {
        switch outcome {
        case .success(let count): kind.words(name) + (count.map { " (\($0))" } ?? "")
        case .failure(let error): "\(kind.words(name)): \(error)"
        }
    }
}

extension PubSub.SubscriptionState: CustomStringConvertible {
    /// The name and its state: `channel orders: wanted, confirmed, no handler`.
    public var description: String {
        let words = [
            isWanted ? "wanted" : "not wanted", isConfirmed ? "confirmed" : "not confirmed",
            hasHandler ? "with a handler" : "no handler",
        ]
        return "\(kind.words(name)): \(words.joined(separator: ", "))"
    }
}

extension RESPValue {
    /// The kind of a push, escaped for display; `nil` when it has none.
    package var pushKind: String? { elements?.first?.bytes?.shown() }

    /// The kind of a push, and its number of elements.
    var pushInWords: String { "push \(pushKind ?? "of no kind") (\(elements?.count ?? 0) elements)" }
}
