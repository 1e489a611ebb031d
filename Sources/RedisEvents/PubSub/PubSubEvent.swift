extension PubSub {
    /// What comes out of a `PubSub`, in order.
    public enum Event: Sendable {
        /// A message that no handler takes.
        case message(PubSub.Message)
        /// The server confirmed a subscription: one that was asked for, or one that was restored on a new link.
        indirect case subscribed(PubSub.SubscriptionChange)
        /// A subscription ended.
        indirect case unsubscribed(PubSub.SubscriptionChange)
        /// The server refused a name.
        indirect case refused(PubSub.SubscriptionRefusal)
        /// Messages may have been missed here, because the link was down.
        indirect case gap(RedisGap)
        /// Events were dropped here, because the reader was too slow.
        case drop(RedisDrop)
        /// The link was lost, is being opened again, or is back.
        indirect case link(RedisLinkEvent)
        /// A handler threw; only `listen`, which cannot throw, tells it this way. `underlyingError` is what was thrown.
        indirect case handlerFailed(RedisError)
        /// The object has ended with this error; only `listen`, which cannot throw, tells it this way, as its last event. It stays
        /// readable as `failure`.
        indirect case failed(RedisError)
        /// A push of a kind that this library does not know, whole. Never an error: servers add kinds.
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
    }
}
