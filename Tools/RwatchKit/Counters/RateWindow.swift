/// A sliding window of time in which events are counted.
///
/// It slides by whole units, so that a row of a table needs only a few numbers: a window of 10 s covers the last 10
/// whole seconds and the one that has begun. Rates are counts by the time that is really covered, and so exact.
package enum RateWindow: Int, Sendable, CaseIterable {
    case second
    case tenSeconds
    case minute
    case quarterHour

    /// How long it is, without the unit that has begun.
    package var seconds: Int {
        switch self {
        case .second: 1
        case .tenSeconds: 10
        case .minute: 60
        case .quarterHour: 900
        }
    }

    /// The name in words.
    package var name: String {
        switch self {
        case .second: "1s"
        case .tenSeconds: "10s"
        case .minute: "1m"
        case .quarterHour: "15m"
        }
    }

    /// The row of marks that it uses: the two shortest share one.
    var ring: Int {
        switch self {
        case .second, .tenSeconds: 0
        case .minute: 1
        case .quarterHour: 2
        }
    }
}

/// What was counted in a window.
package struct WindowCount: Sendable, Equatable {
    package var events = 0
    /// How long the window covered until then.
    package var seconds = 0.0

    package init(events: Int = 0, seconds: Double = 0) {
        self.events = events
        self.seconds = seconds
    }

    /// How many there were a second.
    package var rate: Double { seconds > 0 ? Double(events) / seconds : 0 }
}

/// The time by which windows slide. It never goes back.
package struct CountingTime: Sendable, Equatable {
    /// When counting began, and the current time, in microseconds. They are not negative.
    package var begun: Int64
    package var now: Int64

    package init(begun: Int64, now: Int64) {
        self.begun = max(begun, 0)
        self.now = max(now, self.begun)
    }

    /// The current second.
    @inline(__always)
    package var second: Int { Int(truncatingIfNeeded: now / 1_000_000) }

    /// How many seconds were counted since the beginning of a second.
    func covered(since second: Int) -> Double {
        let start = max(Int64(clamping: second).multipliedClamping(by: 1_000_000), begun)
        return Double(max(now - start, 0)) / 1_000_000
    }
}

extension Int64 {
    fileprivate func multipliedClamping(by factor: Int64) -> Int64 {
        let (value, isOver) = multipliedReportingOverflow(by: factor)
        return isOver ? (self < 0 ? .min : .max) : value
    }
}

/// The counts of many rows at the beginnings of seconds, of five seconds and of minutes: sixteen of each. They are
/// written when a row is counted for the first time in a second, and so cost nothing else.
struct RateMarks: Sendable {
    /// How long the units of the rings are, in seconds.
    static let units = [1, 5, 60]
    private static let size = 16
    private static let stride = units.count * size

    private var marks: [UInt64]

    init(rows: Int) { marks = Array(repeating: 0, count: rows * Self.stride) }

    /// Notes what a row's count was until the beginning of second `now`; it was counted last in `before`.
    @inline(never)
    mutating func advance(_ row: Int, from before: Int, to now: Int, count: UInt64) {
        for (ring, unit) in Self.units.enumerated() {
            // Beginnings of units in (before, now], of which the last sixteen fit.
            let last = now / unit
            var index = max(before / unit + 1, last - Self.size + 1)
            while index <= last {
                marks[row * Self.stride + ring * Self.size + index % Self.size] = count
                index += 1
            }
        }
    }

    /// Gives a row the counts of another one.
    mutating func move(from old: Int, to row: Int) {
        for index in 0..<Self.stride { marks[row * Self.stride + index] = marks[old * Self.stride + index] }
    }

    /// What a row's count was at the beginning of a window.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - window: The window.
    ///   - now: The current second.
    ///   - last: The second in which the row was counted last.
    ///   - count: The row's count.
    ///   - born: The second in which the row began, and its count then.
    /// - Returns: The count then, and the second with which the window begins.
    func count(
        _ row: Int,
        _ window: RateWindow,
        at now: Int,
        last: Int,
        count: UInt64,
        born: (second: Int, count: UInt64)
    ) -> (count: UInt64, second: Int) {
        let unit = Self.units[window.ring]
        let index = now / unit - window.seconds / unit
        let second = index * unit
        if second <= born.second { return (born.count, second) }
        if second > last { return (count, second) }
        return (marks[row * Self.stride + window.ring * Self.size + index % Self.size], second)
    }
}
