/// How many events there were in each of the last seconds: what the chart shows. A plain value.
package struct RateHistory: Sendable, Equatable {
    /// How many seconds are kept.
    package static let length = 300

    private var counts = Array(repeating: 0, count: RateHistory.length)
    /// The last second, since the epoch; `nil` before the first.
    package private(set) var last: Int?

    package init() {}

    /// Counts events in a second. What is too old is left out, and time never goes back.
    @inline(__always)
    package mutating func add(_ events: Int, at second: Int) {
        if second != last { advance(to: second) }
        guard let last, last - second < Self.length, second >= 0 else { return }
        counts[second % Self.length] &+= events
    }

    /// Notes that it is later.
    package mutating func advance(to second: Int) {
        guard second >= 0 else { return }
        guard let before = last else {
            last = second
            return
        }
        guard second > before else { return }
        for passed in (max(before, second - Self.length) + 1)...second { counts[passed % Self.length] = 0 }
        last = second
    }

    /// The counts of the last seconds, the oldest first. The last one is not over.
    package var values: [Int] {
        guard let last else { return [] }
        return (last + 1..<last + 1 + Self.length).map { counts[$0 % Self.length] }
    }
}
