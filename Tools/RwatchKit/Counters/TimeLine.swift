/// How many events there were at each time, for a picture: at most 512 cells of equal length, which become longer when
/// the time that they cover does. A plain value.
package struct TimeLine: Sendable, Equatable {
    private static let most = 512
    /// The shortest cell, in microseconds.
    private static let shortest: Int64 = 100_000

    /// When the first cell begins, in microseconds since the epoch.
    package private(set) var start: Int64 = 0
    /// How long each cell is, in microseconds.
    package private(set) var cell: Int64 = shortest
    package private(set) var counts: [Int] = []
    // Most events come in the same cell as the one before.
    private var current = 0
    private var currentStart: Int64 = .max
    private var currentEnd: Int64 = .min

    package init() {}

    /// Counts an event at a time, in microseconds since the epoch.
    @inline(__always)
    package mutating func add(at time: Int64) {
        if time < currentStart || time >= currentEnd { move(to: time) }
        counts[current] &+= 1
    }

    @inline(never)
    private mutating func move(to time: Int64) {
        // No time of a line is greater than this, and sums below cannot overflow.
        let time = min(max(time, 0), 1 << 60)
        if counts.isEmpty {
            start = time - time % cell
            counts = [0]
        }
        while true {
            let first = min(start, time - time % cell)
            let last = max(start + Int64(counts.count - 1) * cell, time)
            if (last - first) / cell < Int64(Self.most) {
                if first < start {
                    counts.insert(contentsOf: Array(repeating: 0, count: Int((start - first) / cell)), at: 0)
                    start = first
                }
                break
            }
            merge()
        }
        current = Int((time - start) / cell)
        if current >= counts.count { counts += Array(repeating: 0, count: current + 1 - counts.count) }
        currentStart = start + Int64(current) * cell
        currentEnd = currentStart + cell
        // A time beyond what was cut off above is counted in the last cell, or in the first.
        if time == 1 << 60 { currentEnd = .max }
        if time == 0 { currentStart = .min }
    }

    /// Makes each cell twice as long.
    private mutating func merge() {
        let longer = cell * 2
        let isOdd = start % longer != 0
        let old = (isOdd ? [0] : []) + counts
        if isOdd { start -= cell }
        cell = longer
        counts = stride(from: 0, to: old.count, by: 2).map { old[$0] + ($0 + 1 < old.count ? old[$0 + 1] : 0) }
    }
}
