extension KeyspaceEvents {
    /// An event of a `KeyspaceEvents` stream. Events come in order.
    public enum Event: Sendable {
        /// Something happened to a key.
        case key(KeyspaceEvents.KeyEvent)
        /// The state of the server's setting for keyspace notifications has changed.
        case notifications(KeyspaceEvents.NotificationState, node: RedisEndpoint?)
        /// Events of one server (`node`) may have been missed here, because the link was down or the setting was off.
        /// While it still is, a gap that is not complete comes here, and the complete gap follows when the flags are on
        /// again.
        case gap(RedisGap)
        /// Events were dropped here, because the reader was too slow.
        case drop(RedisDrop)
        /// The link was lost, is being opened again, or is back.
        case link(RedisLinkEvent)
        /// The server refused a subscription when it was renewed.
        case refused(PubSub.SubscriptionRefusal)
        /// A message on a channel of another form that matched a pattern.
        case other(PubSub.Message)
        /// A push of an unknown kind, complete.
        case push(RESPValue)
        /// The watch has ended with this error, or could not begin. Only `listen`, which cannot throw, reports it in
        /// this way, as its last event.
        case failed(RedisError)

        /// The server that the event came from or is about; `nil` for drops, which may belong to several servers.
        public var node: RedisEndpoint? {
            switch self {
            case .key(let event): event.node
            case .notifications(_, let node): node
            case .gap(let gap): gap.cause.node
            case .link(let event): event.node
            case .refused(let refusal): refusal.error.endpoint
            case .other(let message): message.node
            case .failed(let error): error.endpoint
            case .drop, .push: nil
            }
        }

        /// The event of a key, if it is one.
        public var key: KeyspaceEvents.KeyEvent? {
            if case .key(let event) = self { return event }
            return nil
        }
    }
}

extension KeyspaceEvents.Event: RedisStreamEvent {
    /// Creates the event of a key from its record.
    ///
    /// - Parameter record: The bytes of the event.
    public init(_ record: RedisStreamRecord) { self = .key(KeyspaceEvents.KeyEvent(record.record, slab: record.slab)) }
}

extension KeyspaceEvents.Event: MailboxControl {
    package static func dropped(_ drop: RedisDrop) -> KeyspaceEvents.Event { .drop(drop) }

    package var drop: RedisDrop? {
        if case .drop(let drop) = self { return drop }
        return nil
    }

    package var heldBytes: Int {
        switch self {
        case .key(let event): 192 + event.key.count
        case .notifications: 256
        case .gap(let gap): gap.heldBytes
        case .drop: 0
        case .link(let event): event.heldBytes
        case .refused(let refusal): refusal.heldBytes
        case .other(let message): message.heldBytes
        case .push(let value): value.heldBytes
        case .failed(let error): error.heldBytes
        }
    }

    package var isUnknownPush: Bool {
        if case .push = self { return true }
        return false
    }

    package var mayBeDropped: Bool {
        switch self {
        case .gap, .drop, .link, .notifications, .refused, .failed: false
        case .key, .other, .push: true
        }
    }

    package mutating func absorb(_ later: KeyspaceEvents.Event) -> Bool {
        switch (self, later) {
        case (.drop(let mine), .drop(let other)): self = .drop(mine + other)
        // Gaps of different servers are not merged.
        case (.gap(let mine), .gap(let other)) where node == later.node: self = .gap(mine.extended(to: other))
        case (.link, .link) where node == later.node: self = later
        case (.notifications, .notifications) where node == later.node: self = later
        default: return false
        }
        return true
    }
}

extension KeyspaceEvents.Event: CustomStringConvertible {
    /// A description of the event. It contains keys, but never payloads.
    public var description: String {
        switch self {
        case .key(let event): event.description
        case .notifications(let state, let node): "notifications\(node.map { " of \($0)" } ?? ""): \(state)"
        case .gap(let gap): gap.description
        case .drop(let drop): drop.description
        case .link(let event): event.description
        case .refused(let refusal): "refused: \(refusal)"
        case .other(let message): message.description
        case .push(let value): value.pushInWords
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension KeyspaceEvents.NotificationState: CustomStringConvertible {
    /// A description of the state.
    public var description: String {
        switch self {
        case .verified: "everything is set that the events need"
        case .missing(let missing): missing.description
        case .enabled(let flags): "set to \(flags)"
        case .unknown(let flags): "whether \(flags) is set is not known"
        case .unverified(let error): "not verified: \(error)"
        }
    }
}
