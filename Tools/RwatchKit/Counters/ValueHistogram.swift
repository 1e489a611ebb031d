/// How often values of each size occurred: percentiles within 3.2 percent, in bounded memory. A plain value.
package struct ValueHistogram: Sendable, Equatable {
    /// Each power of two has so many parts.
    private static let parts = 32
    private static let partBits = 5

    /// How many values were added.
    package private(set) var count = 0
    /// The greatest.
    package private(set) var maximum: UInt64 = 0
    private var buckets: [Int] = []

    package init() {}

    /// Adds a value.
    @inline(__always)
    package mutating func add(_ value: UInt64) {
        let bucket = Self.bucket(of: value)
        if bucket >= buckets.count { grow(to: bucket) }
        buckets[bucket] &+= 1
        count &+= 1
        if value > maximum { maximum = value }
    }

    @inline(never)
    private mutating func grow(to bucket: Int) {
        buckets += Array(repeating: 0, count: bucket + 1 - buckets.count)
    }

    /// The value that this share of the values did not exceed, up to 3.2 percent too great, and never above `maximum`.
    ///
    /// - Parameter share: From 0 to 1.
    /// - Returns: The value; zero if there is none.
    package func percentile(_ share: Double) -> UInt64 {
        let wanted = Double(count) * min(max(share, 0), 1)
        var seen = 0
        for (bucket, count) in buckets.enumerated() where count > 0 {
            seen += count
            if Double(seen) >= wanted { return min(maximum, Self.end(of: bucket)) }
        }
        return maximum
    }

    /// A range of values, and how many there were.
    package struct Bar: Sendable, Equatable {
        /// The least and the greatest value that counts here.
        package let range: ClosedRange<UInt64>
        package let count: Int

        package init(range: ClosedRange<UInt64>, count: Int) {
            self.range = range
            self.count = count
        }
    }

    /// The values by powers of two: 0, 1, 2...3, 4...7 and so on, from the first that occurred to the last.
    package var bars: [Bar] {
        var counts = Array(repeating: 0, count: UInt64.bitWidth + 1)
        for (bucket, count) in buckets.enumerated() where count > 0 {
            counts[UInt64.bitWidth - Self.end(of: bucket).leadingZeroBitCount] += count
        }
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            return []
        }
        return (first...last).map { bits in
            let least: UInt64 = bits == 0 ? 0 : 1 << UInt64(bits - 1)
            return Bar(range: least...(bits == 0 ? 0 : least - 1 + least), count: counts[bits])
        }
    }

    @inline(__always)
    private static func bucket(of value: UInt64) -> Int {
        if value < UInt64(parts) { return Int(truncatingIfNeeded: value) }
        let shift = UInt64.bitWidth &- 1 &- value.leadingZeroBitCount &- partBits
        return (shift &+ 1) &* parts &+ Int(truncatingIfNeeded: value &>> UInt64(truncatingIfNeeded: shift)) &- parts
    }

    /// The greatest value of a bucket.
    private static func end(of bucket: Int) -> UInt64 {
        if bucket < parts { return UInt64(bucket) }
        let shift = UInt64(bucket / parts - 1)
        let next = UInt64(bucket % parts + parts) + 1
        // The last bucket ends with the greatest number of all.
        return next << shift &- 1
    }
}
