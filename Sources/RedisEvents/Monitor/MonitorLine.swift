/// The parts of a line of MONITOR, by offset:
/// `<seconds>.<microseconds> [<database> <source>] "<argument>" "<argument>" …`
/// (https://redis.io/docs/latest/commands/monitor/).
///
/// The source is an address with a port (IPv6 in brackets), `unix:` with the server's socket path, which may hold blanks
/// and brackets, or `lua`. The header therefore ends at the first `] "`. Inside the quotes a backslash escapes as
/// `MonitorEscape` tells; everything else is printable ASCII.
package struct MonitorLine {
    package struct Argument {
        /// The bytes between the quotes.
        package var range: Range<Int>
        /// Whether the bytes hold escapes.
        package var isEscaped = false
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
        var index = 0
        guard let time = Self.time(line, &index) else { return nil }
        self.time = time
        if index < line.byteCount, line.byte(at: index) == UInt8(ascii: " ") { index += 1 }
        guard index < line.byteCount, line.byte(at: index) == UInt8(ascii: "[") else { return nil }
        index += 1
        let databaseStart = index
        if let number = Self.number(line, &index), index < line.byteCount, line.byte(at: index) == UInt8(ascii: " ") {
            database = number
        } else {
            guard let blank = line.firstIndex(of: UInt8(ascii: " "), from: databaseStart) else { return nil }
            index = blank
        }
        databaseText = databaseStart..<index
        guard !databaseText.isEmpty else { return nil }
        let sourceStart = index + 1
        guard let end = Self.headerEnd(line, from: sourceStart) else { return nil }
        source = sourceStart..<end
        argumentsStart = end + 2
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

    private static func time(_ line: RawSpan, _ index: inout Int) -> RedisTimestamp? {
        // Ten digits, a dot and six digits, as it will be for centuries.
        if index + 18 <= line.byteCount, line.byte(at: index + 10) == UInt8(ascii: "."),
            let high = line.eightDigits(at: index), let low = tail(line, at: index + 8, 2),
            let fraction = tail(line, at: index + 11, 6), line.byte(at: index + 17) == UInt8(ascii: " ")
        {
            index += 17
            return RedisTimestamp(microseconds: Int64(high * 100 + low) * 1_000_000 + Int64(fraction))
        }
        return anyTime(line, &index)
    }

    private static func anyTime(_ line: RawSpan, _ index: inout Int) -> RedisTimestamp? {
        guard let seconds = number(line, &index), index < line.byteCount, line.byte(at: index) == UInt8(ascii: ".")
        else { return nil }
        index += 1
        let fractionStart = index
        guard let fraction = number(line, &index), index - fractionStart == 6 else { return nil }
        return RedisTimestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    }

    private static func headerEnd(_ line: RawSpan, from start: Int) -> Int? {
        var from = start
        while let bracket = line.firstIndex(of: UInt8(ascii: "]"), from: from) {
            guard bracket + 2 < line.byteCount else { return nil }
            if line.byte(at: bracket + 1) == UInt8(ascii: " "), line.byte(at: bracket + 2) == UInt8(ascii: "\"") {
                return bracket
            }
            from = bracket + 1
        }
        return nil
    }

    /// The number that `count` digits are.
    @inline(__always)
    private static func tail(_ line: RawSpan, at start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<(start + count) {
            let digit = line.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
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
