/// How often durations of each length occurred: percentiles within 3.2 percent, in bounded memory. A plain value.
package struct DurationHistogram: Sendable, Equatable {
    /// Each power of two of a nanosecond has so many parts.
    private static let parts = 32
    private static let partBits = 5

    /// How many durations were added.
    package private(set) var count = 0
    /// The longest.
    package private(set) var maximum = Duration.zero
    private var buckets: [Int] = []

    package init() {}

    /// Adds a duration; a negative one counts as zero.
    package mutating func add(_ duration: Duration) {
        let duration = max(duration, .zero)
        let (seconds, attoseconds) = duration.components
        let nanoseconds = min(seconds, 1 << 33) * 1_000_000_000 + attoseconds / 1_000_000_000
        let bucket = Self.bucket(of: UInt64(nanoseconds))
        if bucket >= buckets.count { buckets += Array(repeating: 0, count: bucket + 1 - buckets.count) }
        buckets[bucket] += 1
        count += 1
        maximum = max(maximum, duration)
    }

    /// The duration that this share of the durations did not exceed, up to 3.2 percent too long, and never above
    /// `maximum`.
    ///
    /// - Parameter share: From 0 to 1.
    /// - Returns: The duration; zero if there is none.
    package func percentile(_ share: Double) -> Duration {
        let wanted = Double(count) * min(max(share, 0), 1)
        var seen = 0
        for (bucket, count) in buckets.enumerated() where count > 0 {
            seen += count
            if Double(seen) >= wanted { return min(maximum, .nanoseconds(Int64(Self.end(of: bucket)))) }
        }
        return maximum
    }

    private static func bucket(of value: UInt64) -> Int {
        if value < UInt64(parts) { return Int(value) }
        let shift = UInt64.bitWidth - 1 - value.leadingZeroBitCount - partBits
        return (shift + 1) * parts + Int(value >> UInt64(shift)) - parts
    }

    /// The largest value of a bucket.
    private static func end(of bucket: Int) -> UInt64 {
        if bucket < parts { return UInt64(bucket) }
        let shift = UInt64(bucket / parts - 1)
        return (UInt64(bucket % parts + parts) + 1) << shift - 1
    }
}
