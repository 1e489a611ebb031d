/// Reads messages off the front of the received bytes, without copying them, as long as only whole messages come.
///
/// Most frames of a busy link are messages, and most messages follow a message of the same channel. Then the bytes
/// before the length of the payload are the same again, and comparing them with the frame before takes the place of
/// parsing. Anything else ends the run before it: a frame that is incomplete, too long, of another kind or malformed.
/// The parser then decides what it is. A message from the parser is a run of length one.
package struct MessageRun: ~Copyable, ~Escapable {
    private let bytes: RawSpan
    private let limits: RedisFrameLimits

    /// The bytes of the messages that were taken.
    package private(set) var byteCount = 0
    /// The bytes of the longest message.
    package private(set) var largestFrame = 0
    /// How many messages were taken, by the raw value of their kind, without those of the server's own channels.
    package private(set) var counts: [3 of Int] = [0, 0, 0]
    private var streak = 0
    private var countsStreak = false
    /// Whether a `Record` can store the positions of the message's parts in its frame.
    package let fitsRecords: Bool
    /// Where the one message of a parsed frame ends. 0 when that message is taken.
    private var parsedEnd = 0

    /// A view of the current message, valid while the bytes are. It is kept and changed in place, because each new view
    /// costs a call when it ends (Swift 6.3).
    package private(set) var view: PubSub.MessageView
    // Where it lies. Offsets count from the first byte of its frame.
    private(set) var frameStart = 0
    /// The bytes up to the length of the payload.
    private var prefixLength = 0
    private var patternOffset = 0
    private var channelOffset = 0
    private var payloadStart = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, _ limits: RedisFrameLimits, at time: RedisTimestamp, from node: NodeNumber) {
        self.bytes = bytes
        self.limits = limits
        fitsRecords = true
        let none = bytes.part(0..<0)
        view = PubSub.MessageView(
            kind: .message,
            receivedAt: time,
            node: node,
            pattern: none,
            channel: none,
            payload: none
        )
    }

    /// A run of the one message of a parsed frame, whose parts are at these positions of `bytes`. The pattern is empty
    /// unless the message is a `pmessage`.
    @_lifetime(copy bytes)
    package init(
        _ kind: PubSub.Message.Kind,
        pattern: Range<Int>,
        channel: Range<Int>,
        payload: Range<Int>,
        in bytes: RawSpan,
        at time: RedisTimestamp,
        from node: NodeNumber
    ) {
        self.bytes = bytes.extracting(0..<payload.upperBound)
        limits = RedisFrameLimits()
        view = PubSub.MessageView(
            kind: kind,
            receivedAt: time,
            node: node,
            pattern: bytes.part(pattern),
            channel: bytes.part(channel),
            payload: bytes.part(payload)
        )
        frameStart = min(pattern.lowerBound, channel.lowerBound)
        patternOffset = pattern.lowerBound - frameStart
        channelOffset = channel.lowerBound - frameStart
        payloadStart = payload.lowerBound
        parsedEnd = payload.upperBound
        countsStreak = !view.channel.isKeyspaceName
        // A server may write lengths with more digits than they need.
        let spaces = (channel.lowerBound - pattern.upperBound, payload.lowerBound - channel.upperBound)
        fitsRecords = spaces.0 < 16 && spaces.1 < 16
    }

    /// Moves on to the next message. Returns whether there is one.
    @inline(__always)
    @_lifetime(self: copy self)
    package mutating func next() -> Bool { nextOfSameNames() || nextOfAnyNames() }

    /// Moves on to the next message if it has the kind, pattern and channel of the current one.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func nextOfSameNames() -> Bool {
        guard prefixLength > 0, byteCount &+ prefixLength <= bytes.byteCount,
            bytes.hasSameBytes(at: byteCount, as: frameStart, count: prefixLength)
        else { return false }
        return readPayload()
    }

    /// Moves on to the next message, whatever its names.
    @_lifetime(self: copy self)
    mutating func nextOfAnyNames() -> Bool {
        if parsedEnd > 0 {
            byteCount = exchange(&parsedEnd, with: 0)
            streak = 1
            return true
        }
        if readChannelOfSameLength() || readNames(at: byteCount), readPayload() { return true }
        // The names are read again with the rest.
        prefixLength = 0
        return false
    }

    /// Reads a frame up to the length of its payload, if only the letters of the channel differ from the frame before.
    @inline(__always)
    @_lifetime(self: copy self)
    private mutating func readChannelOfSameLength() -> Bool {
        let end = byteCount &+ prefixLength &- 3
        guard prefixLength > 0, end &+ 3 <= bytes.byteCount,
            bytes.hasSameBytes(at: byteCount, as: frameStart, count: channelOffset),
            bytes.isLineEnd(at: end), bytes.byte(at: end &+ 2) == UInt8(ascii: "$")
        else { return false }
        let channel = bytes.part(at: byteCount &+ channelOffset, count: view.channel.byteCount)
        if channel.isKeyspaceName == countsStreak {
            endStreak()
            countsStreak.toggle()
        }
        view.channel = channel
        return true
    }

    @inline(__always)
    @_lifetime(self: copy self)
    private mutating func readPayload() -> Bool {
        let start = byteCount
        guard let header = FrameDigits(bytes, at: start &+ prefixLength), header.value <= limits.bulkLength,
            header.value <= bytes.byteCount &- header.end &- 2, bytes.isLineEnd(at: header.end &+ header.value)
        else { return false }
        let end = header.end &+ header.value &+ 2
        guard end &- start <= limits.frameLength else { return false }
        frameStart = start
        payloadStart = header.end
        view.payload = bytes.part(at: header.end, count: header.value)
        byteCount = end
        streak &+= 1
        if end &- start > largestFrame { largestFrame = end &- start }
        return true
    }

    /// The name of the subscription: the message's pattern, or its channel.
    var name: RawSpan {
        @_lifetime(copy self)
        get { view.kind == .pmessage ? view.pattern : view.channel }
    }

    /// Where the first of the message's names begins.
    var namesStart: Int { frameStart &+ (view.pattern.isEmpty ? channelOffset : patternOffset) }

    /// The number of bytes between the pattern and the channel.
    var spaceAfterPattern: Int {
        view.pattern.isEmpty ? 0 : channelOffset &- patternOffset &- view.pattern.byteCount
    }

    /// The number of bytes between the channel and the payload.
    var spaceAfterChannel: Int { payloadStart &- frameStart &- channelOffset &- view.channel.byteCount }

    /// The bytes of frames that were taken.
    @_lifetime(copy self)
    func frames(_ range: Range<Int>) -> RawSpan { bytes.part(range) }

    /// Counts the messages that were taken since the last count.
    @_lifetime(self: copy self)
    package mutating func finish() { endStreak() }

    /// Excludes the message from the counts.
    @_lifetime(self: copy self)
    mutating func leaveOut() { streak -= 1 }

    private mutating func endStreak() {
        if countsStreak { counts[Int(view.kind.rawValue)] += streak }
        streak = 0
    }
}

// MARK: - Names

extension MessageRun {
    /// Reads a frame up to the length of its payload.
    @inline(never)
    @_lifetime(self: copy self)
    private mutating func readNames(at start: Int) -> Bool {
        // This is shorter than the shortest message.
        guard start + 24 <= bytes.byteCount, limits.depth > 0, limits.elements >= 4, limits.bulkLength >= 8
        else { return false }
        let type = bytes.byte(at: start)
        guard type == UInt8(ascii: ">") || type == UInt8(ascii: "*"), let head = Self.kind(of: bytes, at: start + 1)
        else {
            return false
        }
        var index = start + head.length
        var pattern = index..<index
        if head.kind == .pmessage {
            guard let name = name(at: index) else { return false }
            pattern = name
            index = name.upperBound + 3
        }
        guard let channel = name(at: index) else { return false }
        endStreak()
        view.kind = head.kind
        view.pattern = bytes.part(pattern)
        view.channel = bytes.part(channel)
        patternOffset = pattern.lowerBound - start
        channelOffset = channel.lowerBound - start
        prefixLength = channel.upperBound + 3 - start
        countsStreak = !view.channel.isKeyspaceName
        return true
    }

    /// The kind of a message whose frame continues like this after its first byte, and the number of bytes up to the
    /// length of the first name.
    private static func kind(of bytes: RawSpan, at index: Int) -> (kind: PubSub.Message.Kind, length: Int)? {
        let first = bytes.word(at: index)
        let second = bytes.word(at: index + 8)
        if first == Head.message.0, second == Head.message.1, bytes.byte(at: index + 16) == UInt8(ascii: "$") {
            return (.message, 18)
        }
        guard bytes.pair(at: index + 16) == Head.end else { return nil }
        if first == Head.pmessage.0, second == Head.pmessage.1 { return (.pmessage, 19) }
        if first == Head.smessage.0, second == Head.smessage.1 { return (.smessage, 19) }
        return nil
    }

    /// A bulk string that is followed by another one. The number of its bytes begins at `index`.
    private func name(at index: Int) -> Range<Int>? {
        guard let header = FrameDigits(bytes, at: index), header.value <= limits.bulkLength,
            header.value <= bytes.byteCount - header.end - 3
        else { return nil }
        let end = header.end + header.value
        guard bytes.isLineEnd(at: end), bytes.byte(at: end + 2) == UInt8(ascii: "$") else { return nil }
        return header.end..<end
    }
}

/// The beginnings of messages, after the byte of their type, eight bytes at a time.
private enum Head {
    /// `3\r\n$7\r\nm` and `essage\r\n`
    static let message = (UInt64(0x6D0A_0D37_240A_0D33).littleEndian, UInt64(0x0A0D_6567_6173_7365).littleEndian)
    /// `4\r\n$8\r\np` and `message\r`
    static let pmessage = (UInt64(0x700A_0D38_240A_0D34).littleEndian, UInt64(0x0D65_6761_7373_656D).littleEndian)
    /// `3\r\n$8\r\ns` and `message\r`
    static let smessage = (UInt64(0x730A_0D38_240A_0D33).littleEndian, UInt64(0x0D65_6761_7373_656D).littleEndian)
    /// `\n$`, after the longer two
    static let end = UInt16(0x240A).littleEndian
}

/// The number that a line consists of.
private struct FrameDigits {
    let value: Int
    /// The byte after the line feed.
    let end: Int

    /// `nil` unless at most nine digits and a line end are there.
    @inline(__always)
    init?(_ bytes: RawSpan, at start: Int) {
        let limit = min(bytes.byteCount &- 2, start &+ 9)
        var index = start
        var value = 0
        while index < limit {
            let digit = bytes.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int(digit)
            index &+= 1
        }
        guard index > start, bytes.isLineEnd(at: index) else { return nil }
        self.value = value
        end = index &+ 2
    }
}

extension PubSub.Message.Kind {
    var subscriptionKind: RedisSubscriptionKind {
        switch self {
        case .message: .channel
        case .pmessage: .pattern
        case .smessage: .shardChannel
        }
    }
}
