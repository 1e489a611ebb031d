/// A point in time that a blocking wait must not pass.
package struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    /// The point `duration` from now.
    package init(after duration: Duration) { instant = .now + duration }

    /// That point.
    init(at instant: ContinuousClock.Instant) { self.instant = instant }

    /// Whether the point has been reached.
    var hasPassed: Bool { instant <= .now }

    /// The time left in whole milliseconds, rounded up so that a wait never ends early; at most `limit`.
    func milliseconds(atMost limit: Int32) -> Int32 {
        let left = (instant - .now).components
        if left.seconds < 0 || left.attoseconds < 0 { return 0 }
        if left.seconds > 3600 { return limit }
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(min(milliseconds, Int64(limit)))
    }
}
