/// The parts of a line of MONITOR, by offset:
/// `<seconds>.<microseconds> [<database> <source>] "<argument>" "<argument>" …`
/// (https://redis.io/docs/latest/commands/monitor/).
///
/// The source is an address with a port (IPv6 in brackets), `unix:` with the server's socket path, which may hold blanks
/// and brackets, or `lua`. The header therefore ends at the first `] "`. Inside the quotes a backslash escapes as
/// `\\ \" \n \r \t \a \b` and `\xHH`; everything else is printable ASCII.
package struct MonitorLine {
    package struct Argument {
        /// The bytes between the quotes.
        package var range: Range<Int>
        /// Whether the bytes hold escapes.
        package var isEscaped = false
    }

    package var time: Timestamp
    /// The database's number; `nil` where a fork writes a name instead.
    package var database: Int?
    package var source: Range<Int>
    /// Where the first quote stands.
    package var argumentsStart: Int

    /// `nil` for a line of another form.
    package init?(_ line: RawSpan) {
        var index = 0
        guard let seconds = Self.number(line, &index), index < line.byteCount, line.byte(at: index) == UInt8(ascii: ".")
        else { return nil }
        index += 1
        let fractionStart = index
        guard let fraction = Self.number(line, &index), index - fractionStart == 6 else { return nil }
        time = Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
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
        while next < line.byteCount {
            switch line.byte(at: next) {
            case UInt8(ascii: "\\"):
                argument.isEscaped = true
                next += 2
            case UInt8(ascii: "\""):
                argument.range = start..<next
                index = next + 1
                if index < line.byteCount {
                    guard line.byte(at: index) == UInt8(ascii: " "), index + 1 < line.byteCount else { return nil }
                    index += 1
                }
                return argument
            default:
                next += 1
            }
        }
        return nil
    }

    /// Appends an argument's bytes with the escapes undone. An escape that the server does not write stays as it is.
    package static func appendUnescaped(_ text: RawSpan, to bytes: inout [UInt8]) {
        var index = 0
        while index < text.byteCount {
            let byte = text.byte(at: index)
            guard byte == UInt8(ascii: "\\"), index + 1 < text.byteCount else {
                bytes.append(byte)
                index += 1
                continue
            }
            index += 2
            switch text.byte(at: index - 1) {
            case UInt8(ascii: "n"): bytes.append(0x0a)
            case UInt8(ascii: "r"): bytes.append(0x0d)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "a"): bytes.append(0x07)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "x"):
                guard index + 1 < text.byteCount, let high = hexDigit(text.byte(at: index)),
                    let low = hexDigit(text.byte(at: index + 1))
                else {
                    bytes.append(UInt8(ascii: "x"))
                    continue
                }
                bytes.append(high << 4 | low)
                index += 2
            case let other: bytes.append(other)
            }
        }
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

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
