/// How often durations of each length occurred: percentiles within 3.2 percent, in bounded memory. A plain value.
package struct DurationHistogram: Sendable, Equatable {
    /// The longest.
    package private(set) var maximum = Duration.zero
    /// In nanoseconds.
    private var values = ValueHistogram()

    package init() {}

    /// How many durations were added.
    package var count: Int { values.count }

    /// Adds a duration; a negative one counts as zero.
    package mutating func add(_ duration: Duration) {
        let duration = max(duration, .zero)
        let (seconds, attoseconds) = duration.components
        values.add(UInt64(min(seconds, 1 << 33) * 1_000_000_000 + attoseconds / 1_000_000_000))
        maximum = max(maximum, duration)
    }

    /// Adds a duration of so many nanoseconds.
    package mutating func add(nanoseconds: UInt64) {
        if nanoseconds > values.maximum || values.count == 0 {
            maximum = max(maximum, .nanoseconds(Int64(clamping: nanoseconds)))
        }
        values.add(nanoseconds)
    }

    /// The duration that this share of the durations did not exceed, up to 3.2 percent too long, and never above
    /// `maximum`.
    ///
    /// - Parameter share: From 0 to 1.
    /// - Returns: The duration; zero if there is none.
    package func percentile(_ share: Double) -> Duration {
        min(maximum, .nanoseconds(Int64(clamping: values.percentile(share))))
    }

    /// The durations in nanoseconds by powers of two.
    package var bars: [ValueHistogram.Bar] { values.bars }
}
