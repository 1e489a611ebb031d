import RedisRESP

/// Highlights the parts of lines that match an expression.
struct Highlighter: ~Copyable {
    private var finders: [MatchFinder]
    private var spans: [Range<Int>] = []
    private var line = StyledText()

    init(_ shape: EventShape) {
        finders = shape.isColored ? shape.highlights.map { MatchFinder($0) } : []
    }

    /// Highlights what matches in the output's last line, which begins at `start`.
    mutating func highlight(from start: Int, in buffer: inout OutputBuffer) {
        guard !finders.isEmpty else { return }
        line.read(buffer.bytes.part(start..<buffer.count))
        Self.find(in: line, &finders, &spans)
        guard !spans.isEmpty else { return }
        buffer.rewind(to: start)
        line.write(highlighting: spans, to: &buffer)
    }

    private static func find(
        in line: borrowing StyledText,
        _ finders: inout [MatchFinder],
        _ spans: inout [Range<Int>]
    ) {
        spans.removeAll(keepingCapacity: true)
        for index in finders.indices { finders[index].find(in: line.text.bytes, to: &spans) }
        if finders.count > 1 { spans.sort { $0.lowerBound < $1.lowerBound } }
    }
}
