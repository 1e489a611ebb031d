/// Reads lines of MONITOR off the front of what came, where they lie, for as long as nothing but whole lines comes.
/// Whatever else comes ends the run before it, and the parser finds out what it is. Lines of commands of our own are
/// left out.
package struct LineRun: ~Copyable, ~Escapable {
    @usableFromInline let bytes: RawSpan
    private let limits: RedisFrameLimits
    private let own: OwnLines
    /// Whether there may be any, and how their sources end (`OwnLines.ends`). Asked for each line.
    private let leavesOut: Bool
    private let ownEnds: RedisBytes
    /// Whether the bytes are one line, which the parser found.
    private let isAlone: Bool
    /// The server that the lines came from.
    package let node: NodeNumber

    /// The bytes of the lines that were taken.
    package private(set) var byteCount = 0
    /// The bytes of the longest frame among them.
    package private(set) var largestFrame = 0
    /// How many lines were taken, without those of our own.
    package private(set) var count = 0
    /// Where the last line begins, and its length.
    @usableFromInline private(set) var start = 0
    @usableFromInline private(set) var length = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, _ limits: RedisFrameLimits, from node: NodeNumber, leavingOut own: OwnLines) {
        self.bytes = bytes
        self.limits = limits
        self.own = own
        leavesOut = own.mayBeAnywhere || !own.ends.isEmpty
        ownEnds = own.ends
        self.node = node
        isAlone = false
    }

    /// A run of one line, which the parser found; without the `+` before it and the line end behind it.
    @_lifetime(copy line)
    package init(line: RawSpan, from node: NodeNumber, leavingOut own: OwnLines) {
        bytes = line
        limits = RedisFrameLimits()
        self.own = own
        leavesOut = own.mayBeAnywhere || !own.ends.isEmpty
        ownEnds = own.ends
        self.node = node
        isAlone = true
    }

    /// Goes on to the next line, and tells whether there is one.
    @inline(__always)
    @_lifetime(self: copy self)
    package mutating func next() -> Bool {
        if isAlone { return nextAlone() }
        while let end = lineEnd() {
            start = byteCount &+ 1
            length = end &- start
            byteCount = end &+ 2
            if length &+ 3 > largestFrame { largestFrame = length &+ 3 }
            if leavesOut, mayBeOwn(from: start, until: end), own.isOwn(line) { continue }
            count &+= 1
            return true
        }
        return false
    }

    @inline(never)
    @_lifetime(self: copy self)
    private mutating func nextAlone() -> Bool {
        guard largestFrame == 0 else { return false }
        length = bytes.byteCount
        byteCount = length
        largestFrame = length + 3
        if mayBeOwn(from: 0, until: length), own.isOwn(line) { return false }
        count = 1
        return true
    }

    /// The line, without the `+` before and the line end behind it, for as long as the bytes lie there.
    package var line: RawSpan {
        @_lifetime(copy self)
        @inlinable @inline(__always)
        get { bytes.part(start..<(start &+ length)) }
    }

    /// The bytes of all lines that were taken.
    var bytesTaken: RawSpan {
        @_lifetime(copy self)
        get { bytes.part(0..<byteCount) }
    }

    /// Where the line ends that comes next. It begins with its time: the answer to a command does not.
    @inline(__always)
    private func lineEnd() -> Int? {
        guard byteCount &+ 1 < bytes.byteCount, bytes.byte(at: byteCount) == UInt8(ascii: "+"),
            bytes.byte(at: byteCount &+ 1) &- UInt8(ascii: "0") <= 9
        else { return nil }
        var from = byteCount &+ 2
        while let end = bytes.firstIndex(of: UInt8(ascii: "\r"), from: from) {
            guard end &+ 1 < bytes.byteCount, end &- byteCount <= limits.lineLength,
                end &+ 2 &- byteCount <= limits.frameLength
            else { return nil }
            if bytes.isLineEnd(at: end) { return end }
            // A lone CR is text.
            from = end + 1
        }
        return nil
    }

    /// Whether the line that begins at `start` may be one of our own: its source ends like one of ours, in a place
    /// where it may, or ours may come from anywhere.
    @inline(__always)
    private func mayBeOwn(from start: Int, until end: Int) -> Bool {
        if own.mayBeAnywhere { return true }
        // `1795219143.045931 [0 127.0.0.1:41690] "…`; the database has one digit nearly always.
        var source = start + 21
        if source >= end || bytes.byte(at: source - 1) != UInt8(ascii: " ")
            || bytes.byte(at: source - 3) != UInt8(ascii: "[")
        {
            source = sourceStart(from: start, until: end)
        }
        let ends = ownEnds.rawSpan
        var index = 0
        while index < ends.byteCount {
            let last = source + Int(ends.byte(at: index + 8))
            if last < end, bytes.word(at: last - 7) == ends.word(at: index) { return true }
            index += 9
        }
        return false
    }

    /// Where the source begins in a line of any form; the line's end when it has none.
    @inline(never)
    private func sourceStart(from start: Int, until end: Int) -> Int {
        // Nothing behind the line is looked at, or the time would grow with the square of what came.
        let line = bytes.part(start..<end)
        guard let bracket = line.firstIndex(of: UInt8(ascii: "["), from: 0),
            let blank = line.firstIndex(of: UInt8(ascii: " "), from: bracket)
        else { return end }
        return start + blank + 1
    }
}
