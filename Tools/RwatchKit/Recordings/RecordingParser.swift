import RedisEvents
import RedisRESP

/// Reads the lines of a recording: those of MONITOR as servers, redis-cli and rwatch write them, those of rwatch's
/// messages, and rwatch's JSON. It keeps its memory from line to line.
package struct RecordingParser: ~Copyable {
    /// More memory than this is given back after a line.
    private static let mostKept = 1 << 20

    private var json = RecordedJSON()
    private var channel: [UInt8] = []
    private var pattern: [UInt8] = []
    private var payload: [UInt8] = []

    package init() {}

    /// Reads one line, which comes without its line feed.
    @inline(__always)
    package mutating func read<Visitor: RecordingVisitor & ~Copyable>(_ line: RawSpan, _ visitor: inout Visitor) {
        if let header = MonitorLine(line), header.database != nil, !line.endsWithReturn {
            visitor.command(line, header, node: RawSpan())
        } else {
            readOther(line, &visitor)
        }
    }

    /// Reads what comes less often.
    @inline(never)
    private mutating func readOther<Visitor: RecordingVisitor & ~Copyable>(
        _ line: RawSpan,
        _ visitor: inout Visitor
    ) {
        // A terminal's line end. Within a line, servers and rwatch escape it.
        let line = line.endsWithReturn ? line.part(0..<(line.byteCount - 1)) : line
        guard line.byteCount > 0 else { return visitor.remark(.blank) }
        switch line.byte(at: 0) {
        case UInt8(ascii: "{"): json.read(line, &visitor)
        case UInt8(ascii: "n"):
            guard line.byteCount > 5, line.part(0..<5).equals("node="),
                let blank = line.firstIndex(of: UInt8(ascii: " "), from: 5)
            else { return visitor.unreadable(.unknownForm) }
            readText(line.part((blank + 1)..<line.byteCount), node: line.part(5..<blank), &visitor)
        case UInt8(ascii: "O") where line.equals("OK"): visitor.remark(.greeting)
        default: readText(line, node: RawSpan(), &visitor)
        }
    }

    private mutating func readText<Visitor: RecordingVisitor & ~Copyable>(
        _ line: RawSpan,
        node: RawSpan,
        _ visitor: inout Visitor
    ) {
        if isKeyEvent(line) {
            readKeyEvent(line, node: node, &visitor)
        } else if let header = MonitorLine(line) {
            visitor.command(line, header, node: node)
        } else if let (kind, time) = readMessage(line) {
            visitor.message(
                RecordedMessage(
                    kind,
                    at: time,
                    channel: channel.rawSpan,
                    pattern: pattern.rawSpan,
                    payload: payload.rawSpan,
                    node: node
                )
            )
            if channel.count + pattern.count + payload.count > Self.mostKept {
                (channel, pattern, payload) = ([], [], [])
            }
        } else {
            visitor.unreadable(.unknownForm)
        }
    }

    /// Whether it is the line of an event of a key: `<time> [<database>] <event> "<key>"`. What MONITOR writes has a
    /// source behind the database.
    private func isKeyEvent(_ line: RawSpan) -> Bool {
        guard MonitorLine.time(of: line) != nil, let blank = line.firstIndex(of: UInt8(ascii: " "), from: 0),
            blank + 1 < line.byteCount, line.byte(at: blank + 1) == UInt8(ascii: "["),
            let end = line.firstIndex(of: UInt8(ascii: "]"), from: blank + 2), end > blank + 2
        else { return false }
        for index in (blank + 2)..<end where line.byte(at: index) &- UInt8(ascii: "0") > 9 { return false }
        return true
    }

    /// Reads what ``isKeyEvent(_:)`` has found. A name that is no plain word stands in quotes.
    private mutating func readKeyEvent<Visitor: RecordingVisitor & ~Copyable>(
        _ line: RawSpan,
        node: RawSpan,
        _ visitor: inout Visitor
    ) {
        guard let time = MonitorLine.time(of: line), let blank = line.firstIndex(of: UInt8(ascii: " "), from: 0),
            let end = line.firstIndex(of: UInt8(ascii: "]"), from: blank + 2),
            let database = Self.number(line.part((blank + 2)..<end)), end + 2 < line.byteCount,
            line.byte(at: end + 1) == UInt8(ascii: " ")
        else { return visitor.unreadable(.unknownForm) }
        var index = end + 2
        channel.removeAll(keepingCapacity: true)
        if line.byte(at: index) == UInt8(ascii: "\"") {
            guard Self.read(line, at: &index, into: &channel) else { return visitor.unreadable(.brokenArguments) }
        } else {
            guard let next = line.firstIndex(of: UInt8(ascii: " "), from: index) else {
                return visitor.unreadable(.unknownForm)
            }
            channel.append(line.part(index..<next))
            index = next + 1
        }
        guard Self.read(line, at: &index, into: &payload), index == line.byteCount else {
            return visitor.unreadable(.brokenArguments)
        }
        visitor.keyEvent(
            RecordedKeyEvent(
                channel.rawSpan,
                at: time.microseconds,
                key: payload.rawSpan,
                database: database,
                node: node
            )
        )
        if channel.count + payload.count > Self.mostKept { (channel, payload) = ([], []) }
    }

    private static func number(_ digits: RawSpan) -> Int? {
        guard digits.byteCount <= 9 else { return nil }
        var value = 0
        for index in 0..<digits.byteCount { value = value * 10 + Int(digits.byte(at: index) - UInt8(ascii: "0")) }
        return value
    }

    /// Reads `<time> message "<channel>" "<payload>"` and its kind into the memory of this value.
    private mutating func readMessage(_ line: RawSpan) -> (PubSub.Message.Kind, time: Int64)? {
        guard let time = MonitorLine.time(of: line), let start = line.firstIndex(of: UInt8(ascii: " "), from: 0),
            let end = line.firstIndex(of: UInt8(ascii: " "), from: start + 1)
        else { return nil }
        let word = line.part((start + 1)..<end)
        let kind: PubSub.Message.Kind
        if word.equals("message") {
            kind = .message
        } else if word.equals("pmessage") {
            kind = .pmessage
        } else if word.equals("smessage") {
            kind = .smessage
        } else {
            return nil
        }
        var index = end + 1
        pattern.removeAll(keepingCapacity: true)
        if kind == .pmessage, !Self.read(line, at: &index, into: &pattern) { return nil }
        guard Self.read(line, at: &index, into: &channel), Self.read(line, at: &index, into: &payload),
            index == line.byteCount
        else { return nil }
        return (kind, time.microseconds)
    }

    private static func read(_ line: RawSpan, at index: inout Int, into bytes: inout [UInt8]) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        guard let argument = MonitorLine.nextArgument(line, at: &index) else { return false }
        return MonitorLine.appendUnescaped(line.part(argument.range), to: &bytes)
    }
}

extension RawSpan {
    @inline(__always)
    fileprivate var endsWithReturn: Bool { byteCount > 0 && byte(at: byteCount - 1) == UInt8(ascii: "\r") }
}
