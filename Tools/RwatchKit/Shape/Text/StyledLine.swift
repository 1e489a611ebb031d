import RedisRESP

/// A line that is being written into the output, and how much of the terminal's width it takes. What is appended must
/// contain no sequence for the terminal: the only ones in the line are those that `style` writes.
struct StyledLine: ~Copyable {
    /// Between `begin` and `end` the output, which ends with the line. Its owner has an empty one meanwhile.
    var text: OutputBuffer
    /// The columns that are taken.
    var columns = 0
    private var lastStyle = TextStyle.plain
    /// Where the sequence is that switched to that style. It is removed when no text followed it
    /// before the next style.
    private var sequenceStart = 0
    private var sequenceEnd = 0
    private let isColored: Bool
    private let sequences = TextStyle.sequences
    private let reset = TextStyle.Sequence("\(TextStyle.reset)")

    init(isColored: Bool) {
        text = OutputBuffer(capacity: 64)
        self.isColored = isColored
    }

    /// Begins another line at the end of an output, which is in `text` until the line ends.
    mutating func begin(in output: inout OutputBuffer) {
        swap(&text, &output)
        columns = 0
    }

    /// Ends the line, and gives the output back.
    mutating func end(in output: inout OutputBuffer) {
        style(.plain)
        swap(&text, &output)
    }

    /// What follows has this style.
    mutating func style(_ style: TextStyle) {
        guard isColored, style != lastStyle else { return }
        if lastStyle != .plain {
            if text.count == sequenceEnd { text.rewind(to: sequenceStart) } else { text.append(reset) }
        }
        lastStyle = style
        guard style != .plain else { return }
        sequenceStart = text.count
        text.append(sequences[Int(style.rawValue)])
        sequenceEnd = text.count
    }

    /// Appends a byte of ASCII.
    mutating func append(_ byte: UInt8) {
        text.append(byte)
        columns += 1
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

    /// A place that can be gone back to, if it was taken behind text or the style is still the same.
    struct Place: BitwiseCopyable {
        fileprivate let offset: Int
        let columns: Int
        fileprivate let style: TextStyle
        fileprivate let sequenceStart: Int
        fileprivate let sequenceEnd: Int
    }

    /// The end of the line as it is now.
    var end: Place {
        Place(
            offset: text.count,
            columns: columns,
            style: lastStyle,
            sequenceStart: sequenceStart,
            sequenceEnd: sequenceEnd
        )
    }

    /// Removes everything behind a place.
    mutating func rewind(to place: Place) {
        text.rewind(to: place.offset)
        columns = place.columns
        lastStyle = place.style
        sequenceStart = place.sequenceStart
        sequenceEnd = place.sequenceEnd
    }
}
