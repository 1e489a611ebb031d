/// Puts lines out with their styles, and with the parts highlighted that match an expression.
struct Highlighter: ~Copyable {
    private let isColored: Bool
    private var finders: [MatchFinder]
    private var spans: [Range<Int>] = []

    init(_ shape: EventShape) {
        isColored = shape.isColored
        finders = shape.isColored ? shape.highlights.map { MatchFinder($0) } : []
    }

    /// Whether anything is looked for.
    var isNeeded: Bool { !finders.isEmpty }

    /// Appends a line to the output, without a line feed.
    mutating func append(_ line: borrowing StyledLine, to buffer: inout OutputBuffer) {
        if !spans.isEmpty { spans.removeAll(keepingCapacity: true) }
        for index in finders.indices { finders[index].find(in: line.text.bytes, to: &spans) }
        if finders.count > 1 { spans.sort { $0.lowerBound < $1.lowerBound } }
        line.write(isColored: isColored, highlighting: spans, to: &buffer)
    }
}
