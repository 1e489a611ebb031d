package import RedisCore
import RedisRESP

/// Reads a recording from its beginning to its end. Reading blocks.
package struct RecordingReader: ~Copyable {
    private var lines: RecordingLines
    private var parser = RecordingParser()
    private var hasToldDamage = false

    /// Reads that input. Lines of more than `longest` bytes are told as such.
    package init(_ input: consuming RecordingInput, longest: Int) {
        lines = RecordingLines(input, longest: longest)
    }

    /// The name of the file in texts.
    package var name: String { lines.name }

    /// Reads the next line. Returns `false` at the end.
    ///
    /// - Throws: Why the input cannot be read.
    @inline(__always)
    package mutating func read<Visitor: RecordingVisitor & ~Copyable>(_ visitor: inout Visitor) throws(RedisError)
        -> Bool
    {
        switch try lines.next() {
        case .line: parser.read(lines.line, &visitor)
        case .unfinished:
            // JSON tells by itself whether it is whole. Of a command there may have been more arguments.
            if lines.line.byte(at: 0) == UInt8(ascii: "{") {
                parser.read(lines.line, &visitor)
            } else {
                visitor.unreadable(.unfinished)
            }
        case .tooLong: visitor.unreadable(.tooLong)
        case .end:
            guard lines.isDamaged, !exchange(&hasToldDamage, with: true) else { return false }
            visitor.unreadable(.damaged)
        }
        return true
    }

    /// Begins again at the beginning of the file.
    package mutating func rewind() throws(RedisError) {
        try lines.rewind()
        hasToldDamage = false
    }
}
