/// The open loss of a mirrored subscription: names that no link has, or had for a while, until all of them are back.
struct MirroredLoss {
    private var gap = GapTracker()
    /// The names that are still missing.
    private var missing: Set<RedisGap.Name> = []
    /// The link whose end was the last that took names away.
    private var side: MirrorSide?

    var isOpen: Bool { gap.isOpen }

    /// Opens the loss for names that are missing since a link was lost.
    mutating func begin(_ loss: GapTracker.Loss, _ names: [RedisGap.Name], _ side: MirrorSide) {
        self.side = side
        missing.formUnion(names)
        gap.linkLost(loss)
    }

    /// Updates the cause when more is known about the lost link.
    mutating func explain(_ side: MirrorSide, _ cause: RedisDisconnect) {
        if self.side == side { gap.explain { _ in cause } }
    }

    /// Updates the cause when a server has refused a name.
    mutating func explain(refusal error: RedisError) { gap.explain { $0.explained(refusal: error) } }

    /// Removes names that are back.
    mutating func restored(_ names: [RedisGap.Name]) { missing.subtract(names) }

    /// Removes a name that is back or not wanted any more. Returns whether it was missing.
    @discardableResult
    mutating func remove(_ name: RedisGap.Name) -> Bool { missing.remove(name) != nil }

    /// The gaps to report when nothing is missing any more.
    mutating func closeIfRestored(at now: Moment) -> [RedisGap] {
        guard gap.isOpen, missing.isEmpty else { return [] }
        side = nil
        return gap.allRestored(at: now)
    }

    /// The gaps to report before a message of a name.
    mutating func willDeliver(_ name: RedisGap.Name, at now: Moment) -> [RedisGap] {
        gap.touches(name) ? gap.willDeliver(at: now) : []
    }

    /// The gaps to report when the stream ends.
    mutating func ended(at now: Moment) -> [RedisGap] { gap.ended(at: now) }
}

/// A clock that is stopped while one of two links is not read, so that messages that wait for their other copy also
/// wait for the readers.
struct MirrorClock {
    private var isPaused = MirrorPair(false, false)
    private var pausedAt: ContinuousClock.Instant?
    private var pausedTime = Duration.zero

    /// The time that the clock shows at `now`.
    func reading(at now: ContinuousClock.Instant) -> ContinuousClock.Instant { (pausedAt ?? now) - pausedTime }

    /// Notes that a link is not read any more, or is read again. Returns whether the clock is stopped now, if that has
    /// changed.
    mutating func setPaused(_ side: MirrorSide, _ isPaused: Bool, at now: ContinuousClock.Instant) -> Bool? {
        let wasStanding = pausedAt != nil
        self.isPaused[side] = isPaused
        let stands = self.isPaused.first || self.isPaused.second
        guard wasStanding != stands else { return nil }
        if let began = pausedAt.take() { pausedTime += began.duration(to: now) }
        if stands { pausedAt = now }
        return stands
    }
}
