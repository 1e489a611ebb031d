/// Decides when a number is published to check the delivery, and when the link counts as broken. Pure: the caller
/// passes times and numbers.
package struct ProbeMachine {
    package enum Action: Equatable {
        /// Call `decide` again after this time, and not after an earlier one.
        case wait(Duration)
        /// Publish the number, and call `published` with the outcome.
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
    /// When a number last arrived, or the link became ready.
    private var lastDelivery: ContinuousClock.Instant

    package init(_ settings: RedisDeliveryProbe, linkReadyAt now: ContinuousClock.Instant) {
        self.settings = settings
        lastDelivery = now
    }

    /// Decides what to do next. The caller passes when the link's last message came, and the next number to publish.
    package mutating func decide(
        at now: ContinuousClock.Instant,
        lastMessage: ContinuousClock.Instant?,
        next: UInt64
    ) -> Action {
        switch state {
        case .publishing: return .wait(settings.timeout)
        case .published(_, let published):
            // The number may be behind the messages that are being read. As long as messages come, it may be on its
            // way.
            let left = settings.timeout - max(published, lastMessage ?? published).duration(to: now)
            return left > .zero ? .wait(left) : .lost
        case .quiet: break
        }
        let left = settings.interval - max(lastDelivery, lastMessage ?? lastDelivery).duration(to: now)
        if left > .zero { return .wait(left) }
        state = .publishing(next)
        return .publish(next)
    }

    /// Called when the number was published or could not be published. A failure says nothing about the delivery.
    /// Returns `nil` when the machine does not wait for that number any more.
    package mutating func published(_ number: UInt64, _ isPublished: Bool, at now: ContinuousClock.Instant) -> Action? {
        guard case .publishing(number) = state else { return nil }
        if isPublished {
            state = .published(number, at: now)
            return .wait(settings.timeout)
        }
        noteDelivery(at: now)
        return .wait(settings.interval)
    }

    /// Called when a number arrived over the link, which may be before the reply to its publish. Returns `nil` when the
    /// machine does not wait for that number.
    package mutating func received(_ number: UInt64, at now: ContinuousClock.Instant) -> Action? {
        switch state {
        case .publishing(number), .published(number, _):
            noteDelivery(at: now)
            return .wait(settings.interval)
        case .publishing, .published, .quiet:
            return nil
        }
    }

    /// Called when no message can arrive now, because the link is not read or the channel is not subscribed.
    package mutating func rest(at now: ContinuousClock.Instant) -> Action {
        noteDelivery(at: now)
        return .wait(settings.interval)
    }

    private mutating func noteDelivery(at now: ContinuousClock.Instant) {
        state = .quiet
        lastDelivery = now
    }
}
