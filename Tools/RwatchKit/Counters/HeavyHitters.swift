import RedisRESP

/// The names that occur most, among any number of names, in bounded memory: Space-Saving (Metwally and others, 2005)
/// behind a filter (Homem and Carvalho, 2010, "Finding top-k elements in data streams").
///
/// So many names have a row. A name without one is counted in a cell that it shares with others, and takes the row with
/// the smallest count once its cell has come that far. For N counted names and M rows:
///
/// - A row's name occurred at most `count` times, and at least `count - error` times.
/// - A name without a row occurred at most `bound` times, and `bound` is at most N / M.
/// - As long as no row was taken over, every count is exact.
///
/// Counting takes constant time on average. Names are copied into memory of fixed size, the hash has a seed that nobody
/// outside knows, and nothing is allocated after the first name. A plain value.
package struct HeavyHitters: Sendable {
    /// One of the names, and what was counted.
    package struct Row: Sendable, Equatable {
        /// The name, or its beginning if it is longer than what is kept.
        package var name: [UInt8]
        /// How long the whole name is.
        package var length: Int
        /// How often it occurred at most.
        package var count: Int
        /// By how much `count` may be too great.
        package var error: Int
        /// The bytes that belong to its events, since it has the row.
        package var bytes: Int
        /// What was counted in each window, the shortest first.
        package var windows: [WindowCount]
    }

    private struct Entry: BitwiseCopyable, Sendable {
        var hash: UInt64 = 0
        var count: UInt64 = 0
        var error: UInt64 = 0
        var bytes: UInt64 = 0
        /// The second in which it was counted last, and that in which it got the row.
        var second = 0
        var born = 0
        /// How long the name is.
        var length = 0
    }

    private let capacity: Int
    private let nameSize: Int
    private let seed: UInt64
    private var entries: [Entry] = []
    /// The beginnings of the names, `nameSize` bytes for each row.
    private var names: [UInt8] = []
    /// An open hash table: the upper half of a hash and the row's number plus one; zero where there is none.
    private var table: [UInt64] = [0]
    /// How often names without a row occurred, by hash.
    private var cells: [UInt32] = []
    private var marks = RateMarks(rows: 0)
    /// Which names there were. A name with a row is among them already.
    private var sketch = DistinctCounter()
    /// The smallest count of a row when all are taken, and a row before which none has it.
    private var least: UInt64 = 0
    private var cursor = 0
    /// Whether a name without a row was counted.
    private var hasFiltered = false

    /// How many names were counted, with repetitions.
    package private(set) var total = 0

    /// A table of so many rows. Both numbers are rounded up to a power of two.
    ///
    /// - Parameters:
    ///   - capacity: How many names have a row.
    ///   - nameSize: How many bytes of a name are kept. Longer names are told apart by their hash.
    ///   - seed: A random number.
    package init(capacity: Int, nameSize: Int = 128, seed: UInt64 = .random(in: 0 ... .max)) {
        self.capacity = max(capacity, 8).nextPowerOfTwo
        self.nameSize = max(nameSize, 16).nextPowerOfTwo
        self.seed = seed
    }

    /// Takes the memory, with the first name.
    private mutating func allocate() {
        entries.reserveCapacity(capacity)
        names = Array(repeating: 0, count: capacity * nameSize)
        table = Array(repeating: 0, count: capacity * 2)
        cells = Array(repeating: 0, count: capacity * 8)
        marks = RateMarks(rows: capacity)
    }

    /// How many names have a row.
    package var count: Int { entries.count }

    /// How many different names there were: exact as long as every name has a row, else an estimate with the error of
    /// ``DistinctCounter``.
    package var distinct: Int { isExact ? entries.count : max(sketch.estimate, entries.count) }

    /// Whether every name has a row, and every count is exact.
    package var isExact: Bool { !hasFiltered }

    /// How often a name without a row occurred at most.
    package var bound: Int { hasFiltered ? Int(clamping: least) : 0 }

    /// The hash of a name, for this table and for others with the same seed.
    @inline(__always)
    package func hash(_ name: RawSpan) -> UInt64 { name.hash(seed: seed) }

    /// Counts a name.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - bytes: The bytes that belong to its event.
    ///   - second: The current second, which never goes back.
    @inline(__always)
    package mutating func add(_ name: RawSpan, bytes: Int = 0, second: Int) {
        add(name, hash: hash(name), bytes: bytes, second: second)
    }

    /// Counts a name whose hash is known.
    @inline(__always)
    package mutating func add(_ name: RawSpan, hash: UInt64, bytes: Int, second: Int) {
        total &+= 1
        let mask = table.count &- 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = table[place]
            if slot == 0 { break }
            if (slot ^ hash) &>> 32 == 0 {
                let row = Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1
                if entries[row].hash == hash, isName(row, name) {
                    return count(row, bytes, second)
                }
            }
            place = (place &+ 1) & mask
        }
        addUnknown(name, hash, bytes, second)
    }

    @inline(__always)
    private mutating func count(_ row: Int, _ bytes: Int, _ second: Int) {
        let (before, last) = (entries[row].count, entries[row].second)
        if last != second {
            marks.advance(row, from: last, to: second, count: before)
            entries[row].second = second
        }
        entries[row].count = before &+ 1
        entries[row].bytes &+= UInt64(truncatingIfNeeded: bytes)
    }

    @inline(__always)
    private func isName(_ row: Int, _ name: RawSpan) -> Bool {
        guard entries[row].length == name.byteCount else { return false }
        let kept = min(name.byteCount, nameSize)
        return names.rawSpan.part(at: row &* nameSize, count: kept).equals(name.part(at: 0, count: kept))
    }

    /// Counts a name that has no row.
    @inline(never)
    private mutating func addUnknown(_ name: RawSpan, _ hash: UInt64, _ bytes: Int, _ second: Int) {
        if names.isEmpty { allocate() }
        sketch.add(RawSpan.mix(hash ^ 0x9E37_79B9_7F4A_7C15))
        guard entries.count == capacity else {
            entries.append(Entry())
            return set(entries.count - 1, name, hash, count: 1, error: 0, bytes, second)
        }
        if !hasFiltered {
            hasFiltered = true
            findLeast()
        }
        let cell = cell(of: hash)
        // The cell has counted each of its names at least as often as it occurred.
        guard isFull(cell) else { return cells[cell] += 1 }
        let row = nextWithLeast()
        // The smallest count may turn out to be greater by now.
        guard isFull(cell) else { return cells[cell] += 1 }
        remove(row)
        cells[self.cell(of: entries[row].hash)] = UInt32(clamping: least)
        set(row, name, hash, count: least + 1, error: least, bytes, second)
    }

    /// The cells have other bits of the hash than the places of the table.
    @inline(__always)
    private func cell(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 24) & (cells.count &- 1) }

    @inline(__always)
    private func isFull(_ cell: Int) -> Bool { UInt64(cells[cell]) >= least || cells[cell] == .max }

    /// A row with the smallest count. Counts only grow, so one search through all rows finds every row that has it, and
    /// another one then finds the next smallest count: on average that costs less than two steps for each counted name.
    private mutating func nextWithLeast() -> Int {
        while true {
            while cursor < entries.count {
                if entries[cursor].count == least { return cursor }
                cursor += 1
            }
            findLeast()
        }
    }

    private mutating func findLeast() {
        var smallest = UInt64.max
        for index in entries.indices where entries[index].count < smallest { smallest = entries[index].count }
        (least, cursor) = (smallest, 0)
    }

    private mutating func set(
        _ row: Int,
        _ name: RawSpan,
        _ hash: UInt64,
        count: UInt64,
        error: UInt64,
        _ bytes: Int,
        _ second: Int
    ) {
        entries[row] = Entry(
            hash: hash,
            count: count,
            error: error,
            bytes: UInt64(truncatingIfNeeded: bytes),
            second: second,
            born: second,
            length: name.byteCount
        )
        RawOutput.copy(name.part(at: 0, count: min(name.byteCount, nameSize)), to: &names, at: row * nameSize)
        let mask = table.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while table[place] != 0 { place = (place + 1) & mask }
        table[place] = hash & ~0xFFFF_FFFF | UInt64(row + 1)
    }

    /// Takes a row out of the table, and closes the hole.
    private mutating func remove(_ row: Int) {
        let mask = table.count - 1
        var hole = Int(truncatingIfNeeded: entries[row].hash) & mask
        while Int(truncatingIfNeeded: table[hole] & 0xFFFF_FFFF) != row + 1 { hole = (hole + 1) & mask }
        var place = hole
        while true {
            place = (place + 1) & mask
            let slot = table[place]
            if slot == 0 { break }
            let home = Int(truncatingIfNeeded: entries[Int(slot & 0xFFFF_FFFF) - 1].hash) & mask
            // It may move if its home does not lie behind the hole.
            if (place - home) & mask >= (place - hole) & mask {
                table[hole] = slot
                hole = place
            }
        }
        table[hole] = 0
    }

    // MARK: What was counted

    /// What rows are sorted by.
    package enum Order: Sendable {
        case count
        case bytes
        /// What was counted in a window.
        case window(RateWindow)
    }

    /// The rows with the most, the first one most.
    ///
    /// - Parameters:
    ///   - limit: How many rows at most.
    ///   - order: The most of what.
    ///   - time: The current time, for the windows.
    /// - Returns: The rows. Of equal ones, the lesser name comes first.
    package func top(_ limit: Int, by order: Order = .count, at time: CountingTime) -> [Row] {
        let values = entries.indices.map { row -> (row: Int, value: UInt64) in
            switch order {
            case .count: (row, entries[row].count)
            case .bytes: (row, entries[row].bytes)
            case .window(let window): (row, UInt64(self.window(window, row, time).events))
            }
        }
        let sorted = values.sorted { lhs, rhs in
            if lhs.value != rhs.value { return lhs.value > rhs.value }
            return name(lhs.row).lexicographicallyPrecedes(name(rhs.row))
        }
        return sorted.prefix(max(limit, 0)).map { row($0.row, time) }
    }

    private func name(_ row: Int) -> ArraySlice<UInt8> {
        names[(row * nameSize)..<(row * nameSize + min(entries[row].length, nameSize))]
    }

    private func row(_ row: Int, _ time: CountingTime) -> Row {
        let entry = entries[row]
        return Row(
            name: Array(name(row)),
            length: entry.length,
            count: Int(clamping: entry.count),
            error: Int(clamping: entry.error),
            bytes: Int(clamping: entry.bytes),
            windows: RateWindow.allCases.map { window($0, row, time) }
        )
    }

    private func window(_ window: RateWindow, _ row: Int, _ time: CountingTime) -> WindowCount {
        let entry = entries[row]
        let (count, start) = marks.count(
            row,
            window,
            at: time.second,
            last: entry.second,
            count: entry.count,
            born: (entry.born, entry.error)
        )
        return WindowCount(events: Int(clamping: entry.count - count), seconds: time.covered(since: start))
    }
}

extension Int {
    /// The least power of two that is not less.
    fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
