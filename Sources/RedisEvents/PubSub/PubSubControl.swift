/// What travels in the mailbox beside messages.
package enum PubSubControl: MailboxControl {
    case event(PubSubEvent)
    /// No message for these handlers comes after this.
    case release([UInt32])

    package static func dropped(_ drop: Drop) -> PubSubControl { .event(.drop(drop)) }

    package var isDrop: Bool {
        if case .event(.drop) = self { return true }
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

extension PubSubEvent {
    /// Both events as one, for a reader that is so far behind that not each can be told.
    fileprivate func joined(with later: PubSubEvent) -> PubSubEvent? {
        switch (self, later) {
        case (.drop(let mine), .drop(let other)): .drop(mine + other)
        case (.gap(let mine), .gap(let other)): .gap(mine.extended(to: other))
        case (.link, .link): later
        default: nil
        }
    }
}
