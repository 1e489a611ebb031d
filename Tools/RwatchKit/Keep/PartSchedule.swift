/// When a part of a recording ends, by its size and by the clock on the wall. Times are in seconds since the epoch.
package struct PartSchedule {
    private let size: Int?
    /// In seconds.
    private let period: Int64?
    private var bytes = 0
    /// When the part has to end; `nil` when no time ends it.
    package private(set) var end: Int64?

    /// - Parameters:
    ///   - size: A part is at most so large, unless a single chunk is larger.
    ///   - period: A part ends at the next whole multiple of this time, counted from midnight of the time zone.
    package init(size: Int?, period: Duration?) {
        self.size = size
        self.period = period.map { max(1, $0.components.seconds) }
    }

    /// Begins a part, where the clocks are that many seconds ahead of UTC.
    package mutating func begin(at seconds: Int64, offset: Int) {
        bytes = 0
        end = period.map { period in
            seconds + period - (seconds + Int64(offset)).modulo(period)
        }
    }

    /// Notes that so much was written.
    package mutating func wrote(_ count: Int) { bytes += count }

    /// Whether a chunk has to go into the next part.
    package func isFull(for chunk: Int) -> Bool { size.map { bytes > 0 && bytes + chunk > $0 } ?? false }

    /// Whether the time of the part is over.
    package func isOver(at seconds: Int64) -> Bool { end.map { seconds >= $0 } ?? false }
}

extension Int64 {
    /// The remainder that is never negative.
    fileprivate func modulo(_ divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
