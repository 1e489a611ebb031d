/// Where the parts of a MONITOR line's header lie: `1339518083.107412 [0 127.0.0.1:60866] "`.
struct MonitorHeader {
    /// The end of the time, which begins at 0.
    let timeEnd: Int
    /// The database (a name instead of a number on Kvrocks).
    let database: Range<Int>
    /// Who sent the command: `127.0.0.1:1`, `[::1]:1`, `unix:/path` or `lua`.
    let source: Range<Int>
    /// The opening quote of the first argument.
    let arguments: Int

    /// Nil when `line` does not begin as MONITOR lines do.
    init?(_ line: RawSpan) {
        let end = line.byteCount
        // The time goes into JSON as it is, so it must be a JSON number: no leading zeros, and always six decimals.
        var offset = Self.digits(line, from: 0)
        guard offset > 0, offset == 1 || line.byte(at: 0) != UInt8(ascii: "0") else { return nil }
        guard offset < end, line.byte(at: offset) == UInt8(ascii: ".") else { return nil }
        timeEnd = Self.digits(line, from: offset + 1)
        guard timeEnd == offset + 7 else { return nil }

        offset = timeEnd
        // Some clouds leave the blank out.
        if offset < end, line.byte(at: offset) == UInt8(ascii: " ") { offset += 1 }
        guard offset < end, line.byte(at: offset) == UInt8(ascii: "[") else { return nil }
        let databaseStart = offset + 1
        offset = databaseStart
        while offset < end, line.byte(at: offset) != UInt8(ascii: " ") { offset += 1 }
        guard offset > databaseStart, offset < end else { return nil }
        database = databaseStart..<offset

        // The source may hold blanks and brackets of its own: the header ends at the first `] "`.
        let sourceStart = offset + 1
        offset = sourceStart
        while offset + 3 <= end {
            if line.byte(at: offset) == UInt8(ascii: "]"), line.byte(at: offset + 1) == UInt8(ascii: " "),
                line.byte(at: offset + 2) == UInt8(ascii: "\"")
            {
                source = sourceStart..<offset
                arguments = offset + 2
                return
            }
            offset += 1
        }
        return nil
    }

    /// The end of the run of digits at `start`.
    @inline(always)
    static func digits(_ line: RawSpan, from start: Int) -> Int {
        var offset = start
        while offset < line.byteCount, line.byte(at: offset) &- 0x30 < 10 { offset += 1 }
        return offset
    }
}
