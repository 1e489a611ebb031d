/// The parts of a line of MONITOR, by offset: `<seconds>.<microseconds> [<database> <source>] "<argument>" "<argument>"
/// …` (https://redis.io/docs/latest/commands/monitor/).
///
/// The source is an address with a port (IPv6 in brackets), `unix:` with the server's socket path, which may hold
/// blanks and brackets, or `lua`. The header therefore ends at the first `] "`. Inside the quotes a backslash escapes
/// as `MonitorEscape` tells; everything else is printable ASCII.
@usableFromInline
package struct MonitorLine {
    @usableFromInline
    package struct Argument {
        /// The bytes between the quotes.
        @usableFromInline package var range: Range<Int>
        /// Whether the bytes hold escapes.
        @usableFromInline package var isEscaped: Bool

        @inlinable @inline(__always)
        init(range: Range<Int>, isEscaped: Bool = false) {
            self.range = range
            self.isEscaped = isEscaped
        }
    }

    package var time: RedisTimestamp
    /// The database: digits, or a name on some forks.
    package var databaseText: Range<Int>
    /// The database's number; `nil` where a fork writes a name instead.
    package var database: Int?
    package var source: Range<Int>
    /// Where the first quote stands.
    package var argumentsStart: Int

    /// `nil` for a line of another form.
    package init?(_ line: RawSpan) {
        var marks = Marks()
        self.init(line, &marks)
    }

    /// Leaves the quotes and backslashes behind the header's end to whoever reads the arguments.
    @inline(__always)
    init?(_ line: RawSpan, _ marks: inout Marks) {
        var index = 0
        guard let time = Self.time(line, &index) else { return nil }
        self.time = time
        if index < line.byteCount, line.byte(at: index) == UInt8(ascii: " ") { index &+= 1 }
        guard index < line.byteCount, line.byte(at: index) == UInt8(ascii: "[") else { return nil }
        index &+= 1
        let databaseStart = index
        if let number = Self.number(line, &index), index < line.byteCount, line.byte(at: index) == UInt8(ascii: " ") {
            database = number
        } else {
            guard let blank = line.firstIndex(of: UInt8(ascii: " "), from: databaseStart) else { return nil }
            index = blank
        }
        databaseText = databaseStart..<index
        guard !databaseText.isEmpty, database ?? 0 <= Int(Int32.max) else { return nil }
        let sourceStart = index &+ 1
        marks.skip(to: sourceStart &+ 2)
        // The first quote behind a bracket and a blank; in the path of a socket there may be others.
        while let mark = marks.next(in: line) {
            guard line.byte(at: mark) == UInt8(ascii: "\""), line.byte(at: mark &- 1) == UInt8(ascii: " "),
                line.byte(at: mark &- 2) == UInt8(ascii: "]")
            else { continue }
            source = sourceStart..<(mark &- 2)
            argumentsStart = mark
            return
        }
        return nil
    }

    /// What has to be known of the line of a command.
    struct Layout: BitwiseCopyable {
        let lineLength: UInt32
        /// Where the first quote stands.
        let argumentsStart: UInt32
        let argumentCount: UInt32
        /// The lengths of the first four arguments, a byte each, the lowest for the first. The largest number stands
        /// for an argument that is longer or that holds escapes.
        let lengths: UInt32

        /// `nil` when the line has another form.
        @inline(never)
        init?(_ line: RawSpan) {
            guard line.byteCount <= Int(Int32.max) else { return nil }
            var marks = Marks()
            guard let header = MonitorLine(line, &marks) else { return nil }
            var (count, lengths): (UInt32, UInt32) = (0, 0)
            var start = header.argumentsStart &+ 1
            while true {
                var isEscaped = false
                guard let end = MonitorLine.argumentEnd(line, at: start, &marks, &isEscaped) else { return nil }
                if count < 4 {
                    let length = isEscaped ? 0xFF : min(end &- start, 0xFF)
                    lengths |= UInt32(truncatingIfNeeded: length) &<< (count &* 8)
                }
                count &+= 1
                if end &+ 1 == line.byteCount { break }
                start = end &+ 3
            }
            lineLength = UInt32(truncatingIfNeeded: line.byteCount)
            argumentsStart = UInt32(truncatingIfNeeded: header.argumentsStart)
            argumentCount = count
            self.lengths = lengths
        }
    }

    /// The quotes and backslashes of a line, one after the other, looked for in eight bytes at a time.
    struct Marks {
        /// Where the next eight bytes begin.
        private var next = 0
        /// Where those begin that were looked at last, and which of them are marks that were not told yet.
        private var base = 0
        private var found: UInt64 = 0

        /// Leaves out what lies before `index`.
        @inline(__always)
        mutating func skip(to index: Int) {
            if index >= next {
                next = index
                found = 0
            } else if index > base {
                found &= UInt64.max &<< UInt64(truncatingIfNeeded: (index &- base) &* 8)
            }
        }

        @inline(__always)
        mutating func next(in line: RawSpan) -> Int? {
            while found == 0 {
                guard next < line.byteCount else { return nil }
                base = next
                next = base &+ 8
                found = next <= line.byteCount ? Self.marks(in: line, at: base) : Self.lastMarks(in: line, from: base)
            }
            let index = base &+ found.trailingZeroBitCount &>> 3
            found &= found &- 1
            return index
        }

        @inline(__always)
        private static func marks(in line: RawSpan, at index: Int) -> UInt64 {
            line.marks(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), at: index)
        }

        /// Of fewer than eight bytes that are left.
        @inline(__always)
        private static func lastMarks(in line: RawSpan, from base: Int) -> UInt64 {
            guard line.byteCount >= 8 else { return 0 }
            // The last eight, of which some were looked at already.
            let seen = base &+ 8 &- line.byteCount
            return marks(in: line, at: line.byteCount &- 8) &>> UInt64(truncatingIfNeeded: seen &* 8)
        }
    }

    /// Where the argument ends that begins at `start`, behind its opening quote. The line ends there, or a blank and
    /// the next opening quote follow; `nil` where the line goes on otherwise, or an escape is none that servers write.
    @inline(__always)
    private static func argumentEnd(_ line: RawSpan, at start: Int, _ marks: inout Marks, _ isEscaped: inout Bool)
        -> Int?
    {
        guard let mark = marks.next(in: line) else { return nil }
        guard line.byte(at: mark) == UInt8(ascii: "\"") else {
            isEscaped = true
            return escapedArgumentEnd(line, at: start, &marks)
        }
        if mark &+ 1 == line.byteCount { return mark }
        guard mark &+ 2 < line.byteCount, line.byte(at: mark &+ 1) == UInt8(ascii: " "),
            line.byte(at: mark &+ 2) == UInt8(ascii: "\"")
        else { return nil }
        marks.skip(to: mark &+ 3)
        return mark
    }

    @inline(never)
    private static func escapedArgumentEnd(_ line: RawSpan, at start: Int, _ marks: inout Marks) -> Int? {
        var index = start - 1
        guard let argument = nextArgument(line, at: &index), isWellEscaped(line.part(argument.range)),
            index == line.byteCount || line.byte(at: index) == UInt8(ascii: "\"")
        else { return nil }
        marks.skip(to: index + 1)
        return argument.range.upperBound
    }

    /// The next argument; `index` stands on its opening quote and moves to that of the next one, or to the line's end.
    /// `nil` where the line does not go on as it should.
    package static func nextArgument(_ line: RawSpan, at index: inout Int) -> Argument? {
        guard index < line.byteCount, line.byte(at: index) == UInt8(ascii: "\"") else { return nil }
        let start = index + 1
        var argument = Argument(range: start..<start)
        var next = start
        while let found = line.firstIndex(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: next) {
            if line.byte(at: found) == UInt8(ascii: "\\") {
                argument.isEscaped = true
                next = found + 2
                continue
            }
            argument.range = start..<found
            let end = found + 1
            if end < line.byteCount {
                guard line.byte(at: end) == UInt8(ascii: " "), end + 1 < line.byteCount else { return nil }
            }
            index = min(end + 1, line.byteCount)
            return argument
        }
        return nil
    }

    /// All arguments of a line that is known to go on as it should.
    package static func arguments(_ line: RawSpan, from start: Int) -> [Argument] {
        var arguments: [Argument] = []
        var index = start
        while index < line.byteCount, let argument = nextArgument(line, at: &index) { arguments.append(argument) }
        return arguments
    }

    /// Whether all escapes are such as servers write.
    package static func isWellEscaped(_ text: RawSpan) -> Bool {
        var index = 0
        while index < text.byteCount {
            guard let (_, next) = MonitorEscape.decode(text, at: index) else { return false }
            index = next
        }
        return true
    }

    /// Appends an argument's bytes with the escapes undone. Returns whether each was one that servers write.
    package static func appendUnescaped(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
        var index = 0
        while index < text.byteCount {
            guard let (value, next) = MonitorEscape.decode(text, at: index) else { return false }
            bytes.append(value)
            index = next
        }
        return true
    }

    /// The time that a line begins with.
    package static func time(of line: RawSpan) -> RedisTimestamp? {
        var index = 0
        return time(line, &index)
    }

    @inline(__always)
    private static func time(_ line: RawSpan, _ index: inout Int) -> RedisTimestamp? {
        // Ten digits, a dot and six digits, as it will be for centuries.
        if line.byteCount > 18, line.byte(at: 10) == UInt8(ascii: "."), line.byte(at: 17) == UInt8(ascii: " "),
            let high = line.eightDigits(at: 0), let low = line.twoDigits(at: 8), let fraction = line.sixDigits(at: 11)
        {
            index = 17
            return RedisTimestamp(microseconds: Int64(high * 100 + low) * 1_000_000 + Int64(fraction))
        }
        return anyTime(line, &index)
    }

    @inline(never)
    private static func anyTime(_ line: RawSpan, _ index: inout Int) -> RedisTimestamp? {
        guard let seconds = number(line, &index), index < line.byteCount, line.byte(at: index) == UInt8(ascii: ".")
        else { return nil }
        index += 1
        let fractionStart = index
        guard let fraction = number(line, &index), index - fractionStart == 6 else { return nil }
        return RedisTimestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    }

    private static func number(_ line: RawSpan, _ index: inout Int) -> Int? {
        let start = index
        var value = 0
        while index < line.byteCount, index - start < 12 {
            let digit = line.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value * 10 + Int(digit)
            index += 1
        }
        return index > start ? value : nil
    }
}
