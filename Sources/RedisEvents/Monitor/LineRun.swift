/// Reads lines of MONITOR off the front of what came, where they lie, for as long as nothing but whole lines comes. Whatever else
/// comes ends the run before it, and the parser finds out what it is.
package struct LineRun: ~Copyable, ~Escapable {
    private let bytes: RawSpan
    private let limits: FrameLimits
    /// What our own commands end in, which are left out.
    private let mark: RawSpan
    /// The server that the lines came from.
    package let node: NodeNumber

    /// The bytes of the lines that were taken.
    package private(set) var byteCount = 0
    /// The bytes of the longest frame among them.
    private(set) var largestFrame = 0
    /// How many lines were taken, our own left aside.
    private(set) var count = 0
    /// Where the last line begins, and its length.
    private(set) var start = 0
    private(set) var length = 0

    @_lifetime(copy bytes, copy mark)
    package init(_ bytes: RawSpan, _ limits: FrameLimits, from node: NodeNumber, leavingOut mark: RawSpan) {
        self.bytes = bytes
        self.limits = limits
        self.mark = mark
        self.node = node
    }

    /// Goes on to the next line, and tells whether there is one.
    @inline(__always)
    @_lifetime(self: copy self)
    package mutating func next() -> Bool {
        while let end = lineEnd() {
            start = byteCount + 1
            length = end - start
            byteCount = end + 2
            if length + 3 > largestFrame { largestFrame = length + 3 }
            if isOwn { continue }
            count += 1
            return true
        }
        return false
    }

    /// The line, without the `+` before and the line end behind it, for as long as the bytes lie there.
    package var line: RawSpan {
        @_lifetime(copy self)
        @inline(__always)
        get { bytes.part(start..<(start + length)) }
    }

    /// The bytes of all lines that were taken.
    var bytesTaken: RawSpan {
        @_lifetime(copy self)
        get { bytes.part(0..<byteCount) }
    }

    /// Where the line ends that comes next. It begins with its time: the answer to a command does not.
    @inline(__always)
    private func lineEnd() -> Int? {
        guard byteCount + 1 < bytes.byteCount, bytes.byte(at: byteCount) == UInt8(ascii: "+"),
            bytes.byte(at: byteCount + 1) &- UInt8(ascii: "0") <= 9
        else { return nil }
        var from = byteCount + 2
        while let end = bytes.firstIndex(of: UInt8(ascii: "\r"), from: from) {
            guard end + 1 < bytes.byteCount, end - byteCount <= limits.lineLength,
                end + 2 - byteCount <= limits.frameLength
            else { return nil }
            if bytes.isLineEnd(at: end) { return end }
            // A lone CR is text.
            from = end + 1
        }
        return nil
    }

    /// Whether the line ends in `<mark>"`.
    @inline(__always)
    private var isOwn: Bool {
        let begin = start + length - mark.byteCount - 1
        guard begin >= start, mark.byteCount > 0, bytes.byte(at: begin) == mark.byte(at: 0) else { return false }
        return mark.equals(bytes.part(begin..<(begin + mark.byteCount)))
    }
}
