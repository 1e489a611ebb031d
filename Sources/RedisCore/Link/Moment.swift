/// A moment on both clocks: the one that people read and the one that never steps.
package struct Moment: Sendable, Hashable {
    package var wall: Timestamp
    /// Every read has its moment: it must be cheap to copy.
    private var packed: PackedInstant

    package var monotonic: ContinuousClock.Instant {
        get { packed.instant }
        set { packed = PackedInstant(newValue) }
    }

    package init(wall: Timestamp, monotonic: ContinuousClock.Instant) {
        self.wall = wall
        packed = PackedInstant(monotonic)
    }

    package static func now() -> Moment { Moment(wall: .now(), monotonic: .now) }
}
