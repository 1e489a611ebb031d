/// A moment on both clocks: the one that people read and the one that never steps.
package struct Moment: Sendable, Hashable {
    package var wall: Timestamp
    package var monotonic: ContinuousClock.Instant

    package init(wall: Timestamp, monotonic: ContinuousClock.Instant) {
        self.wall = wall
        self.monotonic = monotonic
    }

    package static func now() -> Moment { Moment(wall: .now(), monotonic: .now) }
}
