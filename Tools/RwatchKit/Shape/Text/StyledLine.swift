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
    private let sequences = TextStyle.sequences

    /// Begins another line.
    mutating func begin() {
        text.removeAll()
        columns = 0
        marks.removeAll(keepingCapacity: true)
    }

    /// What follows has this style.
    mutating func style(_ style: TextStyle) {
        if marks.last?.style != style { marks.append(Mark(offset: text.count, style: style)) }
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
        fileprivate let marks: Int
    }

    /// The end of the line as it is now.
    var end: Place { Place(offset: text.count, columns: columns, marks: marks.count) }

    /// Removes everything behind a place.
    mutating func rewind(to place: Place) {
        text.rewind(to: place.offset)
        columns = place.columns
        if marks.count > place.marks { marks.removeLast(marks.count - place.marks) }
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
        for index in 0...marks.count {
            let end = index < marks.count ? marks[index].offset : text.count
            while position < end {
                // A part has one style, and is highlighted or not.
                while span < spans.count, spans[span].upperBound <= position { span += 1 }
                let next = span < spans.count ? spans[span] : end..<end
                let isHighlighted = next.lowerBound <= position
                let partEnd = min(end, isHighlighted ? next.upperBound : next.lowerBound)
                append(position..<partEnd, isHighlighted ? .highlight : style, to: &buffer)
                position = partEnd
            }
            if index < marks.count { style = marks[index].style }
        }
    }

    private borrowing func append(_ part: Range<Int>, _ style: TextStyle, to buffer: inout OutputBuffer) {
        guard style != .plain else { return buffer.append(text.bytes.extracting(part)) }
        let sequence = sequences[Int(style.rawValue)]
        buffer.append(text.bytes.extracting(part), between: sequence.bytes, and: TextStyle.reset.bytes)
    }
}
