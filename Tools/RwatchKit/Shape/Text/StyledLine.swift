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
    private var marks: [Mark] = []

    /// Begins another line.
    mutating func begin() {
        text.removeAll()
        columns = 0
        marks.removeAll(keepingCapacity: true)
    }

    /// What follows has this style.
    mutating func style(_ style: TextStyle) { marks.append(Mark(offset: text.count, style: style)) }

    /// Appends ASCII.
    mutating func append(literal: StaticString) {
        text.append(literal: literal)
        columns += literal.utf8CodeUnitCount
    }

    /// Appends blanks.
    mutating func append(blanks count: Int) {
        for _ in 0..<max(count, 0) { text.append(UInt8(ascii: " ")) }
        columns += max(count, 0)
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
        fileprivate let marks: Int
    }

    /// The end of the line as it is now.
    var end: Place { Place(offset: text.count, columns: columns, marks: marks.count) }

    /// Removes everything behind a place.
    mutating func rewind(to place: Place) {
        text.rewind(to: place.offset)
        columns = place.columns
        marks.removeLast(marks.count - place.marks)
    }

    /// Appends the line to the output, with its styles if `isColored`, and without a line feed.
    ///
    /// - Parameters:
    ///   - isColored: Whether the output shows colours.
    ///   - spans: The parts that are highlighted, in order.
    ///   - buffer: The output.
    borrowing func write(isColored: Bool, highlighting spans: [Range<Int>], to buffer: inout OutputBuffer) {
        guard isColored else { return buffer.append(text.bytes) }
        var (position, mark, span) = (0, -1, 0)
        while position < text.count {
            while mark + 1 < marks.count, marks[mark + 1].offset <= position { mark += 1 }
            while span < spans.count, spans[span].upperBound <= position { span += 1 }
            var style = mark < 0 ? TextStyle.plain : marks[mark].style
            var end = mark + 1 < marks.count ? marks[mark + 1].offset : text.count
            if span < spans.count {
                if spans[span].lowerBound <= position {
                    style = .highlight
                    end = min(end, spans[span].upperBound)
                } else {
                    end = min(end, spans[span].lowerBound)
                }
            }
            buffer.append(literal: style.sequence)
            buffer.append(text.bytes.extracting(position..<end))
            if style != .plain { buffer.append(literal: "\u{1b}[0m") }
            position = end
        }
    }
}
