/// Whether a lease holds, and when it has to be renewed. A plain value: times are passed in.
///
/// A lease holds for as long as the server has surely kept it: from the moment before the request was sent, for the
/// time to live that the server has confirmed, less a margin for clocks that run at different rates. Nobody else's word
/// is needed to know that it has ended.
package struct LeaseMachine: Sendable {
    /// Why a lease was lost.
    package enum Loss: Sendable, Equatable {
        /// The server did not confirm in time that it still stands.
        case unconfirmed
        /// The server says that it does not stand any more.
        case refused
    }

    package enum State: Sendable, Equatable {
        case held
        /// It was given back. Final: nothing renews it any more.
        case released
        /// Final.
        case lost(Loss)
    }

    /// What has to be done at a time.
    package enum Action: Equatable {
        case renew
        case reportLoss
    }

    package private(set) var state = State.held
    /// Until when the lease holds if nothing else comes.
    package private(set) var validUntil: ContinuousClock.Instant
    private let renews: Bool
    private var timeToLive: Duration
    private var renewTime: ContinuousClock.Instant

    /// A lease that the server has granted.
    ///
    /// - Parameters:
    ///   - timeToLive: For how long.
    ///   - sent: The time before the request was sent.
    ///   - renews: Whether it is renewed until it is given back.
    package init(timeToLive: Duration, sent: ContinuousClock.Instant, renews: Bool) {
        self.renews = renews
        self.timeToLive = timeToLive
        validUntil = Self.end(of: timeToLive, from: sent)
        renewTime = sent.advanced(by: timeToLive / 3)
    }

    /// When `timeReached` has to be called.
    package var nextTime: ContinuousClock.Instant? {
        guard state == .held else { return nil }
        return renews ? min(renewTime, validUntil) : validUntil
    }

    /// Whether the lease holds at that time.
    package func isValid(at now: ContinuousClock.Instant) -> Bool { state == .held && now < validUntil }

    /// What has to be done now. Until the server has confirmed a renewal, another one is due after a tenth of the time
    /// to live.
    package mutating func timeReached(_ now: ContinuousClock.Instant) -> Action? {
        guard state == .held else { return nil }
        if now >= validUntil {
            state = .lost(.unconfirmed)
            return .reportLoss
        }
        guard renews, now >= renewTime else { return nil }
        renewTime = now.advanced(by: timeToLive / 10)
        return .renew
    }

    /// Notes that the server has confirmed the lease for a time to live, in reply to a request that was sent then.
    /// Replies may come in any order.
    package mutating func confirmed(_ timeToLive: Duration, sent: ContinuousClock.Instant, isShortened: Bool = false) {
        guard state == .held else { return }
        let end = Self.end(of: timeToLive, from: sent)
        guard end > validUntil || isShortened else { return }
        self.timeToLive = timeToLive
        validUntil = end
        renewTime = sent.advanced(by: timeToLive / 3)
    }

    /// Notes that the server does not have the lease any more. Returns whether that is new.
    package mutating func refused() -> Bool {
        guard state == .held else { return false }
        state = .lost(.refused)
        return true
    }

    /// Notes that the holder gives the lease back.
    package mutating func release(at now: ContinuousClock.Instant) {
        guard state == .held else { return }
        state = now < validUntil ? .released : .lost(.unconfirmed)
    }

    private static func end(of timeToLive: Duration, from sent: ContinuousClock.Instant) -> ContinuousClock.Instant {
        sent.advanced(by: timeToLive - timeToLive / 100 - .milliseconds(2))
    }
}
