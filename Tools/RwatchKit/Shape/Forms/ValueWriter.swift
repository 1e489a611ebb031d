import RedisEvents
import RedisRESP

/// Writes values for people: what fits of them, and how many bytes more there are.
struct ValueWriter: ~Copyable {
    /// As good as no limit, and small enough to be added to.
    static let noLimit = Int.max / 4
    /// Behind so many bytes of an argument nothing is shown any more: each column has at most one character of four
    /// bytes and four marks.
    private static let mostBytesOfColumn = 20

    var visible = VisibleText()
    private let binary: BinaryStyle
    /// The most bytes of a value.
    private let limit: Int
    /// The beginning of an argument without its escapes.
    private var decoded = OutputBuffer(capacity: 256)

    init(_ binary: BinaryStyle, limit: Int?) {
        self.binary = binary
        self.limit = min(limit ?? Self.noLimit, Self.noLimit)
    }

    /// Appends an argument of a MONITOR line: as it is if it is a word, and else in quotes.
    ///
    /// - Parameters:
    ///   - bounds: Where it is.
    ///   - line: The MONITOR line.
    ///   - columns: The room for it.
    ///   - isName: Whether it is a name, which has no limit but the room.
    ///   - text: Where to.
    /// - Returns: Whether all of it was written.
    @discardableResult
    mutating func append(
        _ bounds: LineArguments.Bounds,
        in line: RawSpan,
        upTo columns: Int,
        isName: Bool = false,
        to text: inout StyledLine
    ) -> Bool {
        let bytes = bounds.span(in: line)
        let limit = isName ? Self.noLimit : limit
        guard bounds.isEscaped else {
            return Self.append(bytes, of: bytes.byteCount, columns, limit, nil, binary, &visible, to: &text)
        }
        // A few more than may be shown, so that a character that is cut off is noticed.
        let most = min(columns < Self.noLimit / 32 ? (columns + 1) * Self.mostBytesOfColumn : Self.noLimit, limit + 4)
        let total = decode(bytes, upTo: most)
        return Self.append(decoded, of: total, columns, limit, binary, &visible, to: &text)
    }

    private static func append(
        _ decoded: borrowing OutputBuffer,
        of total: Int,
        _ columns: Int,
        _ limit: Int,
        _ binary: BinaryStyle,
        _ visible: inout VisibleText,
        to text: inout StyledLine
    ) -> Bool {
        append(decoded.bytes, of: total, columns, limit, nil, binary, &visible, to: &text)
    }

    /// Appends bytes: in quotes only if `isQuoted`, or if that is `nil` and they are no word. A name has no limit but
    /// the room. Returns whether all of them were written.
    @discardableResult
    mutating func append(
        _ bytes: RawSpan,
        isQuoted: Bool?,
        upTo columns: Int,
        isName: Bool = false,
        to text: inout StyledLine
    ) -> Bool {
        let limit = isName ? Self.noLimit : limit
        return Self.append(bytes, of: bytes.byteCount, columns, limit, isQuoted, binary, &visible, to: &text)
    }

    /// Puts the first bytes of an argument, without their escapes, into `decoded`, and returns how many there are in
    /// all.
    private mutating func decode(_ source: RawSpan, upTo most: Int) -> Int {
        if decoded.count > EventReader.mostKept { decoded.removeAll(keepingCapacity: false) }
        decoded.removeAll()
        var (offset, total) = (0, 0)
        while offset < source.byteCount {
            // An escape that no server writes stands for itself.
            let (byte, next) = MonitorEscape.decode(source, at: offset) ?? (source.byte(at: offset), offset + 1)
            if total < most { decoded.append(byte) }
            total += 1
            offset = next
        }
        return total
    }

    /// Appends `bytes`, which are all of a value of `total` bytes, or its beginning. Returns whether all of it was
    /// written.
    private static func append(
        _ bytes: RawSpan,
        of total: Int,
        _ columns: Int,
        _ limit: Int,
        _ isQuoted: Bool?,
        _ binary: BinaryStyle,
        _ visible: inout VisibleText,
        to text: inout StyledLine
    ) -> Bool {
        // Most values are words that fit.
        if isQuoted != true, bytes.byteCount == total, total <= min(limit, columns), text.append(ifWord: bytes) {
            return true
        }
        let isBinary = binary != .escape && !isText(bytes, isWhole: bytes.byteCount == total)
        let isQuoted = !isBinary && (isQuoted ?? !SpecialByte.isWord(bytes))
        let quotes = isQuoted ? 2 : 0
        let start = text.end
        if total <= min(limit, bytes.byteCount) {
            let shown = write(bytes, columns - quotes, isQuoted, isBinary ? binary : nil, &visible, to: &text)
            if shown == total, text.columns - start.columns <= columns { return true }
            text.rewind(to: start)
        }
        // The number of bytes that are left out has at most as many digits as that of all.
        let room = columns - quotes - 5 - total.digitCount
        var shown = 0
        if room > 0 {
            var end = min(bytes.byteCount, limit)
            while end > 0, end < bytes.byteCount, min(bytes.byteCount, limit) - end < 3,
                bytes.byte(at: end) & 0xc0 == 0x80
            { end -= 1 }
            shown = write(bytes.part(0..<end), room, isQuoted, isBinary ? binary : nil, &visible, to: &text)
        }
        text.style(.faint)
        text.append(cutMark: total - shown)
        text.style(.plain)
        return false
    }

    /// Appends as much of `bytes` as fits, and returns how many of them that are.
    private static func write(
        _ bytes: RawSpan,
        _ columns: Int,
        _ isQuoted: Bool,
        _ binary: BinaryStyle?,
        _ visible: inout VisibleText,
        to text: inout StyledLine
    ) -> Int {
        guard let binary else {
            guard isQuoted else { return text.append(bytes, &visible, upTo: max(columns, 0)).bytes }
            let quote = quote(for: bytes)
            text.append { $0.append(quote) }
            let extent = text.append(bytes, &visible, upTo: max(columns, 0), .quoted(quote))
            text.append { $0.append(quote) }
            return extent.bytes
        }
        let room = columns - binary.label.utf8CodeUnitCount
        let most = binary == .hex ? room / 2 : room / 4 * 3
        let count = min(max(most, 0), bytes.byteCount)
        text.append(literal: binary.label)
        text.append { buffer in
            let part = bytes.part(0..<count)
            if binary == .hex { buffer.append(hexadecimal: part) } else { buffer.append(base64: part) }
        }
        return count
    }

    /// The quotes that a value stands in: single ones if it contains double ones alone, as JSON does.
    private static func quote(for bytes: RawSpan) -> UInt8 {
        let (single, double) = (UInt8(ascii: "'"), UInt8(ascii: "\""))
        guard bytes.firstIndex(of: double, or: double, from: 0) != nil,
            bytes.firstIndex(of: single, or: single, from: 0) == nil
        else { return double }
        return single
    }

    /// Whether bytes are UTF-8, but for a character that is cut off at their end.
    private static func isText(_ bytes: RawSpan, isWhole: Bool) -> Bool {
        guard !isWhole else { return UTF8Check.isValid(bytes) }
        var end = bytes.byteCount
        while end > 0, bytes.byteCount - end < 4, bytes.byte(at: end - 1) & 0xc0 == 0x80 { end -= 1 }
        if end > 0, bytes.byte(at: end - 1) >= 0xc0 { end -= 1 }
        return UTF8Check.isValid(bytes.part(0..<end))
    }
}

extension StyledLine {
    /// Appends `…(+1234B)`: how many bytes of a value are left out.
    mutating func append(cutMark bytes: Int) {
        text.append(literal: "…(+")
        let mark = text.count
        text.append(integer: bytes)
        columns += 3 + text.count - mark + 2
        text.append(literal: "B)")
    }
}

extension Int {
    /// How many decimal digits a number from 0 up has.
    var digitCount: Int {
        var (rest, count) = (self / 10, 1)
        while rest > 0 { (rest, count) = (rest / 10, count + 1) }
        return count
    }
}
