/// When recorded events are due. A plain value.
///
/// An event is due as long behind the first one as it was recorded, at the speed of the replay. An event that is a
/// little older than one before it, as where several servers were recorded, is due at once. When the clock of the
/// recording goes back further than that, it was set, and the schedule goes on from there.
package struct ReplaySchedule: Sendable {
    /// How far times may be out of order.
    private static let disorder: Int64 = 1_000_000
    /// Longer than any recording, in microseconds.
    private static let longest: Int64 = 1 << 60

    private let speed: ReplaySpeed
    private let longestPause: Int64?
    /// The latest time, in microseconds since the epoch.
    private var latest: Int64?
    /// The recorded time that has passed, in microseconds.
    private var passed: Int64 = 0

    /// A schedule. A pause of the recording that is longer than `longestPause` is cut to that.
    package init(_ speed: ReplaySpeed, longestPause: Duration? = nil) {
        self.speed = speed
        self.longestPause = longestPause.map { pause in
            Int64(min(max(pause / .microseconds(1), 0), Double(Self.longest)))
        }
    }

    /// The recorded time that has passed until the last event.
    package var recordedDuration: Duration { .microseconds(passed) }

    /// When an event of that time is due, counted from the beginning of the replay; `nil` for at once.
    package mutating func due(_ time: Int64) -> Duration? {
        if let latest {
            let step = time.subtractingReportingOverflow(latest)
            if step.overflow || step.partialValue < -Self.disorder {
                self.latest = time
            } else if step.partialValue > 0 {
                self.latest = time
                passed = min(passed + min(step.partialValue, longestPause ?? Self.longest, Self.longest), Self.longest)
            }
        } else {
            latest = time
        }
        guard case .times(let factor) = speed else { return nil }
        return .nanoseconds(Int64(min(Double(passed) * 1000 / factor, 9e18)))
    }

    /// Begins with the recording once more: its first event is due with the last one before.
    package mutating func beginAgain() { latest = nil }
}
