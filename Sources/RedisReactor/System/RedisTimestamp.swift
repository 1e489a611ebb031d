// The clock's structures come with both modules; which of them counts as their home differs between builds.
internal import CRedisLibevent
import RedisPOSIX

/// A moment of the wall clock, in whole microseconds: the resolution of MONITOR's lines. It may step backwards when the
/// clock is set; nothing in the library waits by it.
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

/// A moment of the continuous clock in a size that the compiler knows. `ContinuousClock.Instant` may change its own,
/// and whatever holds one is moved and copied by way of a description of it.
package struct PackedInstant: Sendable, Hashable {
    private static let origin = ContinuousClock.now

    private let sinceOrigin: Duration

    package init(_ instant: ContinuousClock.Instant) { sinceOrigin = Self.origin.duration(to: instant) }

    package static var now: PackedInstant { PackedInstant(.now) }

    package var instant: ContinuousClock.Instant { Self.origin.advanced(by: sinceOrigin) }
}
