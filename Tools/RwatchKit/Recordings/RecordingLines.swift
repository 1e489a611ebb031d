package import RedisCore
import RedisRESP

/// The lines of a recording, one after the other, where they lie in a buffer of bounded size. Reading blocks.
package struct RecordingLines: ~Copyable {
    /// What comes next.
    package enum Next: Sendable, Equatable {
        /// A line.
        case line
        /// Bytes behind the last line feed: perhaps not all of a line.
        case unfinished
        /// A line that is longer than the limit, and was passed over.
        case tooLong
        case end
    }

    private static let blockSize = 256 << 10
    /// A buffer that has grown for a long line is replaced behind it.
    private static let mostKept = 4 << 20

    private var input: RecordingInput
    private let longest: Int
    private var buffer: [UInt8]
    /// Where the next line begins, and where the bytes end that were read.
    private var head = 0
    private var filled = 0
    /// No line feed was found before this position.
    private var scanned = 0
    private var current = 0..<0
    private var isSkipping = false
    private var hasEnded = false

    /// The lines of an input. Lines of more than `longest` bytes are passed over.
    package init(_ input: consuming RecordingInput, longest: Int = 64 << 20) {
        self.input = input
        self.longest = longest
        buffer = [UInt8](repeating: 0, count: Self.blockSize)
    }

    /// The line that ``next()`` has found, without its line feed.
    package var line: RawSpan {
        @_lifetime(borrow self)
        @inline(__always)
        get { buffer.rawSpan.part(current) }
    }

    /// The name of the file in texts.
    package var name: String { input.name }

    /// Whether the compressed bytes ended too early, or could not be read from some place on.
    package var isDamaged: Bool { input.isDamaged }

    /// Goes on to the next line.
    ///
    /// - Throws: Why the input cannot be read.
    package mutating func next() throws(RedisError) -> Next {
        while true {
            if let end = buffer.rawSpan.part(0..<filled).firstIndex(of: UInt8(ascii: "\n"), from: scanned) {
                current = head..<end
                head = end + 1
                scanned = head
                if exchange(&isSkipping, with: false) || current.count > longest { return .tooLong }
                return .line
            }
            scanned = filled
            if filled - head > longest {
                isSkipping = true
                head = filled
            }
            if hasEnded {
                if exchange(&isSkipping, with: false) { return .tooLong }
                guard head < filled else { return .end }
                current = head..<filled
                head = filled
                return .unfinished
            }
            try fill()
        }
    }

    /// Begins again at the beginning of the file.
    package mutating func rewind() throws(RedisError) {
        try input.rewind()
        (head, filled, scanned, isSkipping, hasEnded) = (0, 0, 0, false, false)
    }

    private mutating func fill() throws(RedisError) {
        let rest = filled - head
        if rest == 0, buffer.count > Self.mostKept {
            buffer = [UInt8](repeating: 0, count: Self.blockSize)
        } else if head > 0 {
            // What is left is the beginning of a line.
            for index in 0..<rest { buffer[index] = buffer[head + index] }
        }
        (head, filled, scanned) = (0, rest, rest)
        if buffer.count - filled < Self.blockSize / 2 {
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        let count = try input.read(into: &buffer, at: filled)
        hasEnded = count == 0
        filled += count
    }
}
