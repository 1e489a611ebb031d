/// One value of a parsed frame, in document order: a header before its children.
///
/// A node owns no bytes. Its offsets count from the first byte of the frame, so that they stay true when the read
/// buffer moves the frame.
package struct Node: Sendable, BitwiseCopyable {
    package var kind: FrameKind
    /// Where the content begins; for a bulk string the byte after the header's line feed.
    package var start: Int
    /// The content's length in bytes. For an aggregate the number of child values (a map of two pairs has four), for an
    /// integer its value, for a boolean 0 or 1.
    package var length: Int

    /// Whether it carries bytes that can be a name or a payload.
    package var isText: Bool {
        @inline(__always)
        get { kind == .bulkString || kind == .simpleString }
    }

    /// Where the content lies, for a value that has content.
    package var range: Range<Int> {
        @inline(__always)
        get { start..<(start + length) }
    }

    package init(kind: FrameKind, start: Int, length: Int) {
        self.kind = kind
        self.start = start
        self.length = length
    }
}
