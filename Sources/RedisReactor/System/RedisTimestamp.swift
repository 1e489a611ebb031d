// The clock's structures are in both modules; which of them counts as their origin differs between builds.
internal import CRedisLibevent
import RedisPOSIX

/// A moment of the wall clock, in whole microseconds, as in MONITOR's lines. It may step backwards when the clock is
/// set; the library uses it for no wait.
public struct RedisTimestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    public var microseconds: Int64

    /// A moment that many microseconds after 1970-01-01 00:00:00 UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The current time.
    public static func now() -> RedisTimestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return RedisTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Whether `lhs` is the earlier moment.
    public static func < (lhs: RedisTimestamp, rhs: RedisTimestamp) -> Bool { lhs.microseconds < rhs.microseconds }

    /// Seconds with six decimals, as MONITOR prints them.
    public var description: String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let digits = String(fraction.magnitude)
        return "\(seconds)." + String(repeating: "0", count: 6 - digits.count) + digits
    }
}

/// A moment of the monotonic clock whose size the compiler knows. `ContinuousClock.Instant` may change its own size, so
/// values that contain one are moved and copied with the help of metadata.
package struct PackedInstant: Sendable, Hashable {
    private static let origin = ContinuousClock.now

    private let sinceOrigin: Duration

    package init(_ instant: ContinuousClock.Instant) { sinceOrigin = Self.origin.duration(to: instant) }

    package static var now: PackedInstant { PackedInstant(.now) }

    package var instant: ContinuousClock.Instant { Self.origin.advanced(by: sinceOrigin) }
}
