import RedisRESP

/// Names with counts that somebody else keeps and that are read now and then: what was added until now, in the last
/// interval, and in each window. Exact, and bounded: names beyond a limit are counted together. A plain value.
package struct FlowTable: Sendable {
    /// What is counted of each name. The first one has windows.
    package typealias Amounts = [4 of Int]

    /// One of the names, and what was added.
    package struct Row: Sendable {
        package var name: [UInt8]
        /// Since the table is empty.
        package var total: Amounts
        /// In the last interval.
        package var last: Amounts
        /// What was added to the first amount in each window, the shortest first.
        package var windows: [WindowCount]
    }

    private struct Entry {
        var name: [UInt8]
        /// What was read last.
        var read: Amounts
        var total: Amounts = [0, 0, 0, 0]
        var last: Amounts = [0, 0, 0, 0]
        /// The second in which something was added last, and that in which it got the row.
        var second: Int
        var born: Int
        var round: Int
    }

    private let capacity: Int
    private var entries: [Entry] = []
    private var places: [[UInt8]: Int] = [:]
    private var marks: RateMarks
    private var round = 0
    /// How many names of the last round have no row.
    package private(set) var leftOut = 0

    /// A table of at most so many names.
    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
        marks = RateMarks(rows: self.capacity)
    }

    /// Begins a round, in which each name is read once.
    mutating func begin() {
        round += 1
        leftOut = 0
    }

    /// Notes what was read of a name.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - amounts: Its counts. One that is less than before was begun again from zero.
    ///   - isNew: Whether a name that was not read before has had nothing then, so that all of its counts are new.
    ///   - second: The current second.
    mutating func read(_ name: [UInt8], _ amounts: Amounts, isNew: Bool, second: Int) {
        let place: Int
        if let known = places[name] {
            place = known
        } else {
            guard entries.count < capacity else { return leftOut += 1 }
            place = entries.count
            places[name] = place
            entries.append(
                Entry(name: name, read: isNew ? [0, 0, 0, 0] : amounts, second: second, born: second, round: 0)
            )
        }
        let before = entries[place].total[0]
        for index in amounts.indices {
            let (now, then) = (amounts[index], entries[place].read[index])
            let added = max(now >= then ? now - then : now, 0)
            entries[place].last[index] = added
            entries[place].total[index] = entries[place].total[index].addingSaturated(added)
        }
        entries[place].read = amounts
        entries[place].round = round
        if entries[place].last[0] > 0, entries[place].second != second {
            marks.advance(place, from: entries[place].second, to: second, count: UInt64(before))
            entries[place].second = second
        }
    }

    /// Ends a round: names that were not read in it are forgotten, or had nothing in it.
    mutating func end(forgetting: Bool) {
        for place in entries.indices.reversed() where entries[place].round != round {
            guard forgetting else {
                entries[place].last = [0, 0, 0, 0]
                continue
            }
            places[entries[place].name] = nil
            let last = entries.count - 1
            if place != last {
                entries[place] = entries[last]
                places[entries[place].name] = place
                marks.move(from: last, to: place)
            }
            entries.removeLast()
        }
    }

    /// Counts from zero again. What was read last stays what later counts are compared with.
    mutating func zero(second: Int) {
        for place in entries.indices {
            entries[place].total = [0, 0, 0, 0]
            entries[place].last = [0, 0, 0, 0]
            (entries[place].second, entries[place].born) = (second, second)
        }
    }

    /// All counts were begun again from zero, by a server that was started again.
    mutating func restart() {
        for place in entries.indices { entries[place].read = [0, 0, 0, 0] }
    }

    /// The rows, in any order.
    package func rows(at time: CountingTime) -> [Row] {
        entries.indices.map { place in
            let entry = entries[place]
            return Row(
                name: entry.name,
                total: entry.total,
                last: entry.last,
                windows: RateWindow.allCases.map { window in
                    let (count, start) = marks.count(
                        place,
                        window,
                        at: time.second,
                        last: entry.second,
                        count: UInt64(entry.total[0]),
                        born: (entry.born, 0)
                    )
                    return WindowCount(
                        events: max(entry.total[0] - Int(clamping: count), 0),
                        seconds: time.covered(since: start)
                    )
                }
            )
        }
    }
}
