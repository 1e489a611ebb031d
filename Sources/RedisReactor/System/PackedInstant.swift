/// A moment of the continuous clock in a size that the compiler knows. `ContinuousClock.Instant` may change its own, and whatever
/// holds one is moved and copied by way of a description of it.
package struct PackedInstant: Sendable, Hashable {
    private static let origin = ContinuousClock.now

    private let sinceOrigin: Duration

    package init(_ instant: ContinuousClock.Instant) { sinceOrigin = Self.origin.duration(to: instant) }

    package static var now: PackedInstant { PackedInstant(.now) }

    package var instant: ContinuousClock.Instant { Self.origin.advanced(by: sinceOrigin) }
}
