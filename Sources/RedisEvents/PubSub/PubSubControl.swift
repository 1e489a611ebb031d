/// The control events in the mailbox of a `PubSub`, beside its messages.
package enum PubSubControl: MailboxControl {
    case event(PubSub.Event)
    /// No message for these handlers comes after this event.
    case release([UInt32])

    package static func dropped(_ drop: RedisDrop) -> PubSubControl { .event(.drop(drop)) }

    package var drop: RedisDrop? {
        if case .event(.drop(let drop)) = self { return drop }
        return nil
    }

    package var heldBytes: Int {
        switch self {
        case .event(let event): event.heldBytes
        case .release(let handlers): 32 + 4 * handlers.count
        }
    }

    package var isUnknownPush: Bool {
        if case .event(.push) = self { return true }
        return false
    }

    package var mayBeDropped: Bool {
        switch self {
        case .release, .event(.gap), .event(.link), .event(.drop), .event(.refused), .event(.handlerFailed),
            .event(.failed):
            false
        case .event(.message), .event(.subscribed), .event(.unsubscribed), .event(.push): true
        }
    }

    package var node: RedisEndpoint? {
        if case .event(let event) = self { return event.node }
        return nil
    }

    /// A release must not take the handler away from a message that came before it.
    package func mayPrecede(_ message: Record) -> Bool {
        if case .release(let handlers) = self { return !handlers.contains(message.handler) }
        return true
    }

    package mutating func absorb(_ later: PubSubControl) -> Bool {
        switch (self, later) {
        case (.release(let mine), .release(let others)):
            self = .release(mine + others)
        case (.event(let mine), .event(let other)):
            guard let both = mine.joined(with: other) else { return false }
            self = .event(both)
        case (.release, .event), (.event, .release):
            return false
        }
        return true
    }
}

extension PubSub.Event {
    /// A push of an unknown kind, or its drop if it would hold more than there is room for. The size is found without a
    /// copy.
    static func unknownPush(_ frame: borrowing Frame, room: Int) -> PubSub.Event {
        let bytes = frame.heldBytesOfValue
        return bytes <= room ? .push(RESPValue(frame)) : .drop(RedisDrop(count: 1, bytes: bytes))
    }

    /// The memory that the event holds.
    var heldBytes: Int {
        switch self {
        case .message(let message): message.heldBytes
        case .subscribed(let change), .unsubscribed(let change): change.heldBytes
        case .refused(let refusal): refusal.heldBytes
        case .gap(let gap): gap.heldBytes
        case .drop: 0
        case .link(let event): event.heldBytes
        case .handlerFailed(let error), .failed(let error): error.heldBytes
        case .push(let value): value.heldBytes
        }
    }

    /// Both events merged into one, for a reader that is too far behind to get each of them.
    fileprivate func joined(with later: PubSub.Event) -> PubSub.Event? {
        switch (self, later) {
        case (.drop(let mine), .drop(let other)): .drop(mine + other)
        case (.gap(let mine), .gap(let other)): .gap(mine.extended(to: other))
        case (.link, .link): later
        default: nil
        }
    }
}
