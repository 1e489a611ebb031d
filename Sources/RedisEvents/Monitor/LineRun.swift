/// Reads lines of MONITOR off the front of what came, where they lie, for as long as nothing but whole lines comes. Whatever else
/// comes ends the run before it, and the parser finds out what it is; so does a line that may be of a command of our own.
package struct LineRun: ~Copyable, ~Escapable {
    private let bytes: RawSpan
    private let limits: RedisFrameLimits
    /// The sources of our own commands (`OwnLines.ends`), nine bytes for each.
    private let own: RawSpan
    /// The server that the lines came from.
    package let node: NodeNumber

    /// The bytes of the lines that were taken.
    package private(set) var byteCount = 0
    /// The bytes of the longest frame among them.
    private(set) var largestFrame = 0
    /// How many lines were taken.
    private(set) var count = 0
    /// Where the last line begins, and its length.
    private(set) var start = 0
    private(set) var length = 0

    @_lifetime(copy bytes, copy own)
    package init(_ bytes: RawSpan, _ limits: RedisFrameLimits, from node: NodeNumber, stoppingAt own: RawSpan) {
        self.bytes = bytes
        self.limits = limits
        self.own = own
        self.node = node
    }

    /// Goes on to the next line, and tells whether there is one.
    @inline(__always)
    @_lifetime(self: copy self)
    package mutating func next() -> Bool {
        guard let end = lineEnd(), !mayBeOwn(until: end) else { return false }
        start = byteCount + 1
        length = end - start
        byteCount = end + 2
        if length + 3 > largestFrame { largestFrame = length + 3 }
        count += 1
        return true
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

    /// Whether the source of the line that comes next ends like one of our own, in a place where it may.
    @inline(__always)
    private func mayBeOwn(until end: Int) -> Bool {
        if own.byteCount == 0 { return false }
        // `+1795219143.045931 [0 127.0.0.1:41690] "…`; the database has one digit nearly always.
        var source = byteCount + 22
        if source >= end || bytes.byte(at: source - 1) != UInt8(ascii: " ")
            || bytes.byte(at: source - 3) != UInt8(ascii: "[")
        {
            source = sourceStart(until: end)
        }
        var index = 0
        while index < own.byteCount {
            let last = source + Int(own.byte(at: index + 8))
            if last < end, bytes.word(at: last - 7) == own.word(at: index) { return true }
            index += 9
        }
        return false
    }

    /// Where the source begins in a line of any form; the line's end when it has none.
    @inline(never)
    private func sourceStart(until end: Int) -> Int {
        guard let bracket = bytes.firstIndex(of: UInt8(ascii: "["), from: byteCount), bracket < end,
            let blank = bytes.firstIndex(of: UInt8(ascii: " "), from: bracket), blank < end
        else { return end }
        return blank + 1
    }
}
