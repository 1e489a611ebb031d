import RedisEvents
import RedisRESP

/// Makes commands, as they are sent, of lines of MONITOR: the escapes are undone exactly.
struct LineEncoder {
    /// The arguments of the line that was encoded last.
    var arguments = LineArguments()
    /// Where they are in what was encoded.
    private var places: [Range<Int>] = []
    private var scratch: [UInt8] = []

    /// Where an argument of the last line is in its encoded form; `nil` where there is none.
    func place(of index: Int) -> Range<Int>? { places.indices.contains(index) ? places[index] : nil }

    /// Whether an argument of the last line has these bytes and no others.
    func hasArgument(_ bytes: StaticString, in encoded: [UInt8]) -> Bool {
        for place in places where encoded.rawSpan.part(place).equals(bytes) { return true }
        return false
    }

    /// Encodes the command of a line. Returns nothing when the arguments do not go on as they should, or hold an escape
    /// that no server writes.
    mutating func encode(_ line: RawSpan, from start: Int) -> [UInt8]? {
        arguments.begin(at: start)
        places.removeAll(keepingCapacity: true)
        guard let count = arguments.count(in: line), count > 0 else { return nil }
        var encoded: [UInt8] = []
        encoded.reserveCapacity(line.byteCount - start + count * 12 + 16)
        CommandEncoder.appendHeader(argumentCount: count, to: &encoded)
        for index in 0..<count {
            guard let bounds = arguments.argument(index, in: line) else { return nil }
            let text = bounds.span(in: line)
            if bounds.isEscaped {
                scratch.removeAll(keepingCapacity: true)
                guard MonitorLine.appendUnescaped(text, to: &scratch) else { return nil }
                CommandEncoder.append(scratch.rawSpan, to: &encoded)
                places.append((encoded.count - 2 - scratch.count)..<(encoded.count - 2))
            } else {
                CommandEncoder.append(text, to: &encoded)
                places.append((encoded.count - 2 - text.byteCount)..<(encoded.count - 2))
            }
        }
        return encoded
    }
}
