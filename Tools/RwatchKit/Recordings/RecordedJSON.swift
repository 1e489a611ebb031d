import RedisEvents
import RedisRESP

/// Reads rwatch's lines of JSON back. A command becomes a line of MONITOR again, so that there is one way to go on.
struct RecordedJSON: ~Copyable {
    /// More memory than this is given back after a line.
    private static let mostKept = 1 << 20

    /// A text or bytes: the part of the line between the quotes.
    fileprivate struct Text {
        var range: Range<Int>
        var isBase64 = false
    }

    /// The fields of a record, as far as they are of use.
    fileprivate struct Fields {
        var kind: Text?
        var time: Int64?
        var node: Text?
        var database: Range<Int>?
        var namespace: Text?
        var client: Text?
        var command: Text?
        /// The name as the client has spelled it, where `command` is not that.
        var spelledCommand: Text?
        var arguments: Range<Int>?
        var channel: Text?
        var pattern: Text?
        var payload: Text?
        var event: Text?
        var key: Text?
        var reason: Text?
        var from: Int64?
        var until: Int64?
        var count: Range<Int>?
        /// Whether the command is a script's, though it names the caller.
        var isFromScript = false
    }

    private var line = OutputBuffer(capacity: 1024)
    private var scratch: [UInt8] = []
    private var node: [UInt8] = []
    private var channel: [UInt8] = []
    private var pattern: [UInt8] = []
    private var payload: [UInt8] = []

    /// Reads one line, which begins with a brace.
    mutating func read<Visitor: RecordingVisitor & ~Copyable>(_ text: RawSpan, _ visitor: inout Visitor) {
        guard let fields = Self.fields(of: text) else { return visitor.unreadable(.brokenJSON) }
        guard let kind = fields.kind, Self.read(fields.node, text, into: &node) else {
            return visitor.unreadable(.unknownRecord)
        }
        let word = text.part(kind.range)
        if word.equals("command") {
            guard writeLine(fields, text), let header = MonitorLine(line.bytes) else {
                return visitor.unreadable(.unknownRecord)
            }
            visitor.command(line.bytes, header, node: node.rawSpan)
        } else if word.equals("message") {
            readMessage(.message, fields, text, &visitor)
        } else if word.equals("pmessage") {
            readMessage(.pmessage, fields, text, &visitor)
        } else if word.equals("smessage") {
            readMessage(.smessage, fields, text, &visitor)
        } else if word.equals("key") {
            readKeyEvent(fields, text, &visitor)
        } else if word.equals("gap") {
            guard Self.read(fields.reason, text, into: &payload) else { return visitor.unreadable(.unknownRecord) }
            visitor.gap(RecordedGap(times: fields.times, node: node, reason: payload))
        } else if word.equals("drop") {
            visitor.drop(fields.count.flatMap { Self.integer(text.part($0)) } ?? 0, fields.times)
        } else if word.equals("line") {
            // What rwatch could not read either.
            visitor.unreadable(.unknownForm)
        } else {
            visitor.unreadable(.unknownRecord)
        }
        if line.count > Self.mostKept { line.removeAll(keepingCapacity: false) }
        if scratch.count + channel.count + pattern.count + payload.count > Self.mostKept {
            (scratch, channel, pattern, payload) = ([], [], [], [])
        }
    }

    private mutating func readMessage<Visitor: RecordingVisitor & ~Copyable>(
        _ kind: PubSub.Message.Kind,
        _ fields: Fields,
        _ text: RawSpan,
        _ visitor: inout Visitor
    ) {
        guard let time = fields.time, fields.channel != nil, fields.payload != nil,
            kind != .pmessage || fields.pattern != nil, Self.read(fields.channel, text, into: &channel),
            Self.read(kind == .pmessage ? fields.pattern : nil, text, into: &pattern),
            Self.read(fields.payload, text, into: &payload)
        else { return visitor.unreadable(.unknownRecord) }
        visitor.message(
            RecordedMessage(
                kind,
                at: time,
                channel: channel.rawSpan,
                pattern: pattern.rawSpan,
                payload: payload.rawSpan,
                node: node.rawSpan
            )
        )
    }

    private mutating func readKeyEvent<Visitor: RecordingVisitor & ~Copyable>(
        _ fields: Fields,
        _ text: RawSpan,
        _ visitor: inout Visitor
    ) {
        guard let time = fields.time, fields.event != nil, fields.key != nil,
            let database = fields.database.flatMap({ Self.integer(text.part($0)) }),
            Self.read(fields.event, text, into: &channel), Self.read(fields.key, text, into: &payload)
        else { return visitor.unreadable(.unknownRecord) }
        visitor.keyEvent(
            RecordedKeyEvent(
                channel.rawSpan,
                at: time,
                key: payload.rawSpan,
                database: database,
                node: node.rawSpan
            )
        )
    }

    /// Writes the line of MONITOR that a command was.
    private mutating func writeLine(_ fields: Fields, _ text: RawSpan) -> Bool {
        line.removeAll()
        guard let time = fields.time, let command = fields.spelledCommand ?? fields.command, fields.client != nil
        else { return false }
        line.append(timestamp: time)
        line.append(literal: " [")
        if let database = fields.database {
            guard let number = Self.integer(text.part(database)) else { return false }
            line.append(integer: number)
        } else {
            guard fields.namespace != nil, Self.read(fields.namespace, text, into: &scratch) else { return false }
            line.append(scratch)
        }
        guard Self.read(fields.client, text, into: &scratch) else { return false }
        line.append(UInt8(ascii: " "))
        if fields.isFromScript { line.append(literal: "lua") } else { line.append(scratch) }
        line.append(literal: "] ")
        guard append(command, text) else { return false }
        guard let arguments = fields.arguments else { return false }
        let list = text.part(arguments)
        guard var items = JSONItems(list) else { return false }
        while let item = items.next(in: list) {
            line.append(UInt8(ascii: " "))
            switch item.value.kind {
            case .string: guard append(Text(range: item.value.range), list) else { return false }
            case .object:
                // Bytes that are no UTF-8.
                let object = list.part(item.value.range)
                guard var members = JSONItems(object), let member = members.next(in: object),
                    object.part(member.name).equals("base64"), case .string = member.value.kind,
                    append(Text(range: member.value.range, isBase64: true), object)
                else { return false }
            default: return false
            }
        }
        return items.isWhole
    }

    private mutating func append(_ argument: Text, _ text: RawSpan) -> Bool {
        guard Self.read(argument, text, into: &scratch) else { return false }
        Self.append(scratch, to: &line)
        return true
    }

    private static func append(_ bytes: [UInt8], to line: inout OutputBuffer) { line.append(quoted: bytes.rawSpan) }

    /// Reads the bytes that a text stands for; none for `nil`. Returns `false` for broken base64.
    private static func read(_ field: Text?, _ text: RawSpan, into bytes: inout [UInt8]) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        guard let field else { return true }
        if field.isBase64 { return Base64Decoding.append(text.part(field.range), to: &bytes) }
        JSONString.append(text.part(field.range), to: &bytes)
        return true
    }

    /// The fields of an object; `nil` when the text is none.
    private static func fields(of text: RawSpan) -> Fields? {
        guard var members = JSONItems(text) else { return nil }
        var fields = Fields()
        while let member = members.next(in: text) {
            var name = text.part(member.name)
            switch member.value.kind {
            case .string:
                var value = Text(range: member.value.range)
                if name.byteCount > 7, name.part((name.byteCount - 7)..<name.byteCount).equals("_base64") {
                    name = name.part(0..<(name.byteCount - 7))
                    value.isBase64 = true
                }
                fields.set(name, value)
            case .number:
                if name.equals("ts") {
                    fields.time = microseconds(text.part(member.value.range))
                } else if name.equals("from") {
                    fields.from = microseconds(text.part(member.value.range))
                } else if name.equals("to") {
                    fields.until = microseconds(text.part(member.value.range))
                } else if name.equals("db") {
                    fields.database = member.value.range
                } else if name.equals("count") {
                    fields.count = member.value.range
                }
            case .array: if name.equals("args") { fields.arguments = member.value.range }
            case .boolean(let isTrue): if name.equals("lua") { fields.isFromScript = isTrue }
            case .object, .null: break
            }
        }
        return members.isWhole ? fields : nil
    }

    /// A number without a fraction.
    private static func integer(_ text: RawSpan) -> Int? {
        guard text.byteCount > 0, text.byteCount <= 15 else { return nil }
        var value = 0
        for index in 0..<text.byteCount {
            let digit = text.byte(at: index) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// A time in seconds, digit by digit. What is smaller than a microsecond is left out.
    private static func microseconds(_ text: RawSpan) -> Int64? {
        let point = text.firstIndex(of: UInt8(ascii: "."), from: 0) ?? text.byteCount
        guard point <= 12, var value = integer(text.part(0..<point)) else { return nil }
        for place in 0..<6 {
            let index = point + 1 + place
            guard index < text.byteCount else {
                value *= 10
                continue
            }
            let digit = text.byte(at: index) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return Int64(value)
    }
}

extension RecordedJSON.Fields {
    /// The times of a gap or a drop: the time of the record is that of its end.
    fileprivate var times: RecordedTimes { RecordedTimes(from: from, until: until ?? time) }

    /// Notes a text, if it is one that is of use.
    fileprivate mutating func set(_ name: RawSpan, _ value: RecordedJSON.Text) {
        if name.equals("kind") {
            kind = value
        } else if name.equals("node") {
            node = value
        } else if name.equals("namespace") {
            namespace = value
        } else if name.equals("client") {
            client = value
        } else if name.equals("cmd") {
            command = value
        } else if name.equals("cmd_raw") {
            spelledCommand = value
        } else if name.equals("channel") {
            channel = value
        } else if name.equals("pattern") {
            pattern = value
        } else if name.equals("payload") {
            payload = value
        } else if name.equals("event") {
            event = value
        } else if name.equals("key") {
            key = value
        } else if name.equals("reason") {
            reason = value
        }
    }
}
