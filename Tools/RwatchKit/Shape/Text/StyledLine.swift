import RedisRESP

/// A line that is being written, and where its styles begin. The line's own bytes contain no sequence for the terminal,
/// so that it can be measured and searched; the sequences are added at its end.
struct StyledLine: ~Copyable {
    private struct Mark: BitwiseCopyable {
        let offset: Int
        let style: TextStyle
    }

    /// The line's bytes.
    var text = OutputBuffer(capacity: 512)
    /// The columns that are taken.
    var columns = 0
    /// Of which the first `markCount` count: so the memory is kept from line to line.
    private var marks: [Mark] = []
    private var markCount = 0
    private var lastStyle = TextStyle.plain
    private let sequences = TextStyle.sequences

    /// Begins another line.
    mutating func begin() {
        text.removeAll()
        columns = 0
        markCount = 0
        lastStyle = .plain
    }

    /// What follows has this style.
    mutating func style(_ style: TextStyle) {
        guard style != lastStyle else { return }
        lastStyle = style
        let mark = Mark(offset: text.count, style: style)
        if markCount < marks.count { marks[markCount] = mark } else { marks.append(mark) }
        markCount += 1
    }

    /// Appends ASCII.
    mutating func append(literal: StaticString) {
        text.append(literal: literal)
        columns += literal.utf8CodeUnitCount
    }

    /// Appends blanks.
    mutating func append(blanks count: Int) {
        text.append(blanks: count)
        columns += max(count, 0)
    }

    /// Appends bytes that are a word, and nothing if they are none. Returns whether they are.
    mutating func append(ifWord bytes: RawSpan) -> Bool {
        guard text.append(ifWord: bytes) else { return false }
        columns += bytes.byteCount
        return true
    }

    /// Appends what `write` appends, which must be ASCII.
    mutating func append(_ write: (inout OutputBuffer) -> Void) {
        let mark = text.count
        write(&text)
        columns += text.count - mark
    }

    /// Appends bytes as text.
    @discardableResult
    mutating func append(
        _ bytes: RawSpan,
        _ visible: inout VisibleText,
        upTo room: Int = .max,
        _ setting: VisibleText.Setting = .bare
    ) -> VisibleText.Extent {
        let extent = visible.append(bytes, upTo: room, setting, to: &text)
        columns += extent.columns
        return extent
    }

    /// A place that can be gone back to.
    struct Place: BitwiseCopyable {
        fileprivate let offset: Int
        let columns: Int
        fileprivate let markCount: Int
        fileprivate let style: TextStyle
    }

    /// The end of the line as it is now.
    var end: Place { Place(offset: text.count, columns: columns, markCount: markCount, style: lastStyle) }

    /// Removes everything behind a place.
    mutating func rewind(to place: Place) {
        text.rewind(to: place.offset)
        columns = place.columns
        markCount = place.markCount
        lastStyle = place.style
    }

    /// Appends the line to the output, with its styles if `isColored`, and without a line feed.
    ///
    /// - Parameters:
    ///   - isColored: Whether the output shows colours.
    ///   - spans: The parts that are highlighted, in order.
    ///   - buffer: The output.
    borrowing func write(isColored: Bool, highlighting spans: [Range<Int>], to buffer: inout OutputBuffer) {
        guard isColored else { return buffer.append(text.bytes) }
        var (position, span, style) = (0, 0, TextStyle.plain)
        for index in 0...markCount {
            let end = index < markCount ? marks[index].offset : text.count
            if spans.isEmpty {
                // Most lines have nothing to highlight.
                if position < end { append(position..<end, style, to: &buffer) }
                position = end
            }
            while position < end {
                // A part has one style, and is highlighted or not.
                while span < spans.count, spans[span].upperBound <= position { span += 1 }
                let next = span < spans.count ? spans[span] : end..<end
                let isHighlighted = next.lowerBound <= position
                let partEnd = min(end, isHighlighted ? next.upperBound : next.lowerBound)
                append(position..<partEnd, isHighlighted ? .highlight : style, to: &buffer)
                position = partEnd
            }
            if index < markCount { style = marks[index].style }
        }
    }

    private borrowing func append(_ part: Range<Int>, _ style: TextStyle, to buffer: inout OutputBuffer) {
        let part = text.bytes.part(part)
        guard style != .plain else { return buffer.append(part) }
        buffer.append(part, between: sequences[Int(style.rawValue)].bytes, and: TextStyle.reset.bytes)
    }
}
