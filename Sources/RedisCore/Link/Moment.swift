/// A moment on both clocks: the wall clock and the monotonic clock.
package struct Moment: Sendable, Hashable {
    package var wall: RedisTimestamp
    /// Every read has a moment, so it must be cheap to copy.
    private var packed: PackedInstant

    package var monotonic: ContinuousClock.Instant {
        get { packed.instant }
        set { packed = PackedInstant(newValue) }
    }

    package init(wall: RedisTimestamp, monotonic: ContinuousClock.Instant) {
        self.wall = wall
        packed = PackedInstant(monotonic)
    }

    /// The moment of an instant shortly before now, on the wall clock as it is now.
    package init(at instant: ContinuousClock.Instant) {
        let now = Moment.now()
        let elapsed = Int64(instant.duration(to: now.monotonic) / .microseconds(1))
        self.init(wall: RedisTimestamp(microseconds: now.wall.microseconds - elapsed), monotonic: instant)
    }

    package static func now() -> Moment { Moment(wall: .now(), monotonic: .now) }
}
