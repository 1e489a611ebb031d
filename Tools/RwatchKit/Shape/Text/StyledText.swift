import RedisRESP

/// A line that was written with its styles, and what it says. The sequences that switch styles are no part of the text:
/// a search does not look into them, and what is highlighted has one style.
struct StyledText: ~Copyable {
    /// A part of the line that has one style.
    private struct Part {
        /// The sequence that switches its style on; empty for the plain one.
        var style: Range<Int>
        var text: Range<Int>
    }

    /// What every sequence begins with. Text never contains this byte: it is written as `\x1b` there.
    private static let escape: UInt8 = 0x1b

    private var line = OutputBuffer(capacity: 64)
    /// The line's bytes but for its sequences.
    private(set) var text = OutputBuffer(capacity: 64)

    /// Reads another line.
    mutating func read(_ bytes: RawSpan) {
        let isLong = line.count > EventReader.mostKept
        line.removeAll(keepingCapacity: !isLong)
        text.removeAll(keepingCapacity: !isLong)
        line.append(bytes)
        var position = 0
        while let part = Self.nextPart(of: bytes, &position) { text.append(bytes.part(part.text)) }
    }

    /// Appends the line with parts of its text highlighted.
    ///
    /// - Parameters:
    ///   - spans: The parts, in order of where they begin.
    ///   - buffer: Where to.
    borrowing func write(highlighting spans: [Range<Int>], to buffer: inout OutputBuffer) {
        var (position, offset, span) = (0, 0, 0)
        while let part = Self.nextPart(of: line.bytes, &position) {
            let end = offset + part.text.count
            while offset < end {
                while span < spans.count, wholeCharacters(spans[span]).upperBound <= offset { span += 1 }
                let next = span < spans.count ? wholeCharacters(spans[span]) : end..<end
                let isHighlighted = next.lowerBound <= offset
                let pieceEnd = min(end, isHighlighted ? next.upperBound : next.lowerBound)
                append(offset..<pieceEnd, isHighlighted ? nil : part.style, to: &buffer)
                offset = pieceEnd
            }
        }
    }

    /// A part of the text with all bytes of its first and its last character: expressions match bytes.
    private borrowing func wholeCharacters(_ part: Range<Int>) -> Range<Int> {
        var (start, end) = (part.lowerBound, part.upperBound)
        while start > 0, text.bytes.byte(at: start) & 0xc0 == 0x80 { start -= 1 }
        while end < text.count, text.bytes.byte(at: end) & 0xc0 == 0x80 { end += 1 }
        return start..<end
    }

    /// Appends a part of the text, in the style that a sequence of the line switches on; highlighted if that is `nil`.
    private borrowing func append(_ part: Range<Int>, _ style: Range<Int>?, to buffer: inout OutputBuffer) {
        if let style {
            buffer.append(line.bytes.part(style))
        } else {
            buffer.append(TextStyle.sequences[Int(TextStyle.highlight.rawValue)])
        }
        buffer.append(text.bytes.part(part))
        if style?.isEmpty != true { buffer.append(literal: TextStyle.reset) }
    }

    /// The next part of a line that has text; `position` goes from one to the next.
    private static func nextPart(of line: RawSpan, _ position: inout Int) -> Part? {
        var style = position..<position
        while position < line.byteCount, line.byte(at: position) == escape {
            let end = line.firstIndex(of: UInt8(ascii: "m"), from: position).map { $0 + 1 } ?? line.byteCount
            let sequence = position..<end
            style = line.part(sequence).equals(TextStyle.reset) ? end..<end : sequence
            position = end
        }
        guard position < line.byteCount else { return nil }
        let start = position
        position = line.firstIndex(of: escape, from: start) ?? line.byteCount
        return Part(style: style, text: start..<position)
    }
}
