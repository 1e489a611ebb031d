/// Decides when a number is published to prove the delivery, and when the link counts as useless. Pure: times and numbers are
/// given.
package struct ProbeMachine {
    package enum Action: Equatable {
        /// Look again after that long.
        case wait(Duration)
        /// Publish the number, and tell whether that worked.
        case publish(UInt64)
        case lost
    }

    private enum State {
        case quiet
        case publishing(UInt64)
        case published(UInt64, at: ContinuousClock.Instant)
    }

    private let settings: RedisDeliveryProbe
    private var state = State.quiet
    /// When the delivery was last proven, or the link became ready.
    private var lastProof: ContinuousClock.Instant

    package init(_ settings: RedisDeliveryProbe, linkReadyAt now: ContinuousClock.Instant) {
        self.settings = settings
        lastProof = now
    }

    /// Looks at the link: when its last message came, which number it brought last, and the next number to publish.
    package mutating func look(
        at now: ContinuousClock.Instant,
        lastMessage: ContinuousClock.Instant?,
        received: UInt64,
        next: UInt64
    ) -> Action {
        switch state {
        case .publishing: return .wait(settings.timeout)
        case .published(received, _): prove(at: now)
        case .published(_, let published):
            // The number stands behind what is being read: as long as something comes, it may be on its way.
            let left = settings.timeout - max(published, lastMessage ?? published).duration(to: now)
            return left > .zero ? .wait(left) : .lost
        case .quiet: break
        }
        let left = settings.interval - max(lastProof, lastMessage ?? lastProof).duration(to: now)
        if left > .zero { return .wait(left) }
        state = .publishing(next)
        return .publish(next)
    }

    /// The number was published, or could not be, which proves nothing. `nil` when nobody waits for that any more.
    package mutating func published(_ number: UInt64, _ isPublished: Bool, at now: ContinuousClock.Instant) -> Action? {
        guard case .publishing(number) = state else { return nil }
        if isPublished {
            state = .published(number, at: now)
            return .wait(settings.timeout)
        }
        prove(at: now)
        return .wait(settings.interval)
    }

    /// Nothing could arrive now: the link is not read, or the channel not subscribed.
    package mutating func rest(at now: ContinuousClock.Instant) -> Action {
        prove(at: now)
        return .wait(settings.interval)
    }

    private mutating func prove(at now: ContinuousClock.Instant) {
        state = .quiet
        lastProof = now
    }
}
