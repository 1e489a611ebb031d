/// What an observer is told at once of an event that is not a message.
package enum ObservedControl: Sendable {
    /// Messages may have been missed, for that long if it is known.
    case gap(RedisDisconnect, Duration?)
    case link(RedisLinkEvent)
}

extension PubSubControl {
    package var observed: ObservedControl? {
        switch self {
        case .event(.gap(let gap)): .gap(gap.cause, gap.duration)
        case .event(.link(let event)): .link(event)
        case .event, .release: nil
        }
    }
}

extension Monitor.Event {
    package var observed: ObservedControl? {
        switch self {
        case .gap(let gap): .gap(gap.cause, gap.duration)
        case .link(let event): .link(event)
        default: nil
        }
    }
}

extension KeyspaceEvents.Event {
    package var observed: ObservedControl? {
        switch self {
        case .gap(let gap): .gap(gap.cause, gap.duration)
        case .link(let event): .link(event)
        default: nil
        }
    }
}

extension Invalidations.Event {
    /// A lost link is the only flush for which it is known why invalidations were missed.
    package var observed: ObservedControl? {
        switch self {
        case .flushAll(.linkLost(let cause)): .gap(cause, nil)
        case .link(let event): .link(event)
        default: nil
        }
    }
}
