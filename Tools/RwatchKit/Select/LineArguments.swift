import RedisEvents
import RedisRESP

/// The arguments of one MONITOR line, found only as far as somebody asks. The memory is kept from line to line.
struct LineArguments {
    /// The bounds of an argument between its quotes.
    struct Bounds: BitwiseCopyable {
        let start: Int32
        let end: Int32
        let isEscaped: Bool

        /// The bytes between the quotes.
        @inline(__always)
        @_lifetime(copy line)
        func span(in line: RawSpan) -> RawSpan { line.part(Int(start)..<Int(end)) }
    }

    /// More memory than this is given back after a line.
    private static let mostKept = 1 << 16

    /// Only the first `found` are of this line; the others are kept so that their memory is.
    private var bounds: [Bounds] = []
    private var found = 0
    /// Where the next argument's quote stands.
    private var next = 0
    /// Whether the line does not go on as it should behind the arguments that were found.
    private(set) var isBroken = false

    /// Begins a line, whose first quote is at `start`.
    @inline(__always)
    mutating func begin(at start: Int) {
        if bounds.count > Self.mostKept { bounds = [] }
        found = 0
        next = start
        isBroken = false
    }

    /// Begins a line that has no readable header.
    mutating func beginBroken() {
        begin(at: 0)
        isBroken = true
    }

    /// The argument at `index`, the name being at 0; `nil` when there is none, or none that can be read.
    mutating func argument(_ index: Int, in line: RawSpan) -> Bounds? {
        while found <= index {
            guard parse(line) else { return nil }
        }
        return bounds[index]
    }

    /// How many arguments there are, the name among them; `nil` for a line that is broken.
    mutating func count(in line: RawSpan) -> Int? {
        while parse(line) {}
        return isBroken ? nil : found
    }

    /// How long the arguments that were found are between their quotes, from one on, and whether some have escapes.
    @inline(__always)
    func length(from index: Int) -> (length: Int, isEscaped: Bool) {
        var (length, isEscaped) = (0, false)
        for place in min(index, found)..<found {
            length &+= Int(bounds[place].end &- bounds[place].start)
            if bounds[place].isEscaped { isEscaped = true }
        }
        return (length, isEscaped)
    }

    /// How many bytes the arguments that were found have without their escapes, from one on; `nil` when an escape is
    /// none that servers write.
    func decodedLength(from index: Int, in line: RawSpan) -> Int? {
        var length = 0
        for bounds in bounds[min(index, found)..<found] {
            guard bounds.isEscaped else {
                length += Int(bounds.end - bounds.start)
                continue
            }
            let text = bounds.span(in: line)
            var offset = 0
            while offset < text.byteCount {
                guard let (_, next) = MonitorEscape.decode(text, at: offset) else { return nil }
                offset = next
                length += 1
            }
        }
        return length
    }

    /// Finds one more argument. Returns `false` at the end, and where the line is broken.
    private mutating func parse(_ line: RawSpan) -> Bool {
        guard !isBroken, next < line.byteCount else { return false }
        // Offsets are of 32 bits; the limit of a frame is far below.
        guard line.byteCount <= Int(Int32.max), let argument = MonitorLine.nextArgument(line, at: &next) else {
            isBroken = true
            return false
        }
        let place = Bounds(
            start: Int32(truncatingIfNeeded: argument.range.lowerBound),
            end: Int32(truncatingIfNeeded: argument.range.upperBound),
            isEscaped: argument.isEscaped
        )
        if found < bounds.count { bounds[found] = place } else { bounds.append(place) }
        found += 1
        return true
    }
}
