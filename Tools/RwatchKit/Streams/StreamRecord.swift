import RedisCore
import RedisEvents
import RedisRESP
import RedisStreams

/// What a stream, a group or a durable channel brings, as `rwatch` prints it.
enum StreamRecord: Sendable {
    /// An event, and what is done when it has left.
    case event(EntryText, then: StreamDone)
    /// Something that is told among the events, at its place, and to people.
    case note(StreamNote, then: StreamDone)
    case link(RedisLinkEvent)
    /// What is told to people alone.
    case say(String)
    /// Nothing that is printed.
    case nothing
}

/// What is done when the line of an event has left.
enum StreamDone: Sendable {
    case nothing
    /// The position is kept.
    case keep(RedisBytes, DurablePosition)
    /// The entry is acknowledged.
    case acknowledge(StreamGroup.Delivery)
}

/// Something that is told among events: `{"v":1,"kind":"rewound","ts":…,"stream":"s","lost":3,"to":"5-0"}`.
struct StreamNote: Sendable {
    let kind: StaticString
    let isOfStream: Bool
    let name: RedisBytes
    /// The members beside the name: a number, or a text.
    let members: [(name: StaticString, value: Value)]
    /// The whole in words.
    let words: String

    enum Value: Sendable {
        case number(Int)
        case text(String)
    }

    /// `missed=3 after=1-0`.
    private var text: String {
        members.map { member in
            switch member.value {
            case .number(let number): "\(member.name)=\(number)"
            case .text(let text): "\(member.name)=\(text.contains(" ") ? "\"\(text)\"" : text)"
            }
        }.joined(separator: " ")
    }

    /// Appends the record in a form, if the form has records.
    func append(to buffer: inout OutputBuffer, _ form: EventForm, at time: Int64) {
        switch form {
        case .line: appendLine(to: &buffer, at: time)
        case .json: appendJSON(to: &buffer, at: time)
        case .verbatim: break
        case .shaped(let shape) where !shape.isForJobs:
            switch shape.form {
            case .line, .pretty: appendLine(to: &buffer, at: time)
            case .json: appendJSON(to: &buffer, at: time)
            case .csv: appendCSV(to: &buffer, shape, at: time)
            case .verbatimLine, .raw, .resp, .template: break
            }
        case .shaped: break
        }
    }

    private func appendLine(to buffer: inout OutputBuffer, at time: Int64) {
        buffer.append(timestamp: time)
        buffer.append(literal: " ")
        buffer.append(literal: kind)
        buffer.append(literal: " ")
        buffer.append(quoted: name.rawSpan)
        let text = Array(text.utf8)
        if !text.isEmpty { buffer.append(literal: " ") }
        buffer.append(visible: text.rawSpan)
        buffer.append(literal: "\n")
    }

    private func appendCSV(to buffer: inout OutputBuffer, _ shape: EventShape, at time: Int64) {
        var clock = TimeWriter(shape.time, isUTC: shape.isUTC)
        buffer.append(literal: kind)
        buffer.append(literal: ",")
        clock.append(time, to: &buffer)
        buffer.append(literal: ",,")
        buffer.append(csv: name.rawSpan, shape.binary)
        buffer.append(literal: ",,")
        let text = Array(text.utf8)
        buffer.append(csv: text.rawSpan, .escape)
        buffer.append(literal: "\r\n")
    }

    private func appendJSON(to buffer: inout OutputBuffer, at time: Int64) {
        buffer.append(literal: "{\"v\":1,\"kind\":\"")
        buffer.append(literal: kind)
        buffer.append(literal: "\",\"ts\":")
        buffer.append(timestamp: time)
        buffer.append(literal: ",")
        buffer.append(jsonField: isOfStream ? "stream" : "channel", name.rawSpan)
        for member in members {
            switch member.value {
            case .number(let number): buffer.member(member.name, number)
            case .text(let text):
                let bytes = Array(text.utf8)
                buffer.append(literal: ",")
                buffer.append(jsonField: member.name, bytes.rawSpan)
            }
        }
        buffer.append(literal: "}\n")
    }

    // MARK: The kinds

    private init(
        _ kind: StaticString,
        isOfStream: Bool,
        _ name: RedisBytes,
        _ words: String,
        _ members: [(name: StaticString, value: Value?)] = []
    ) {
        self.kind = kind
        self.isOfStream = isOfStream
        self.name = name
        self.words = words
        self.members = members.compactMap { member in member.value.map { (member.name, $0) } }
    }

    static func missing(
        _ name: RedisBytes,
        isOfStream: Bool,
        missed: Int?,
        after: DurablePosition,
        before: DurablePosition?,
        words: String
    ) -> StreamNote {
        StreamNote(
            "missing",
            isOfStream: isOfStream,
            name,
            words,
            [
                ("missed", missed.map { .number($0) }), ("after", .text("\(after.id)")),
                ("before", before.map { .text("\($0.id)") }),
            ]
        )
    }

    static func rewound(
        _ name: RedisBytes,
        isOfStream: Bool,
        lost: Int?,
        to position: DurablePosition?,
        words: String
    ) -> StreamNote {
        StreamNote(
            "rewound",
            isOfStream: isOfStream,
            name,
            words,
            [("lost", lost.map { .number($0) }), ("to", position.map { .text("\($0.id)") })]
        )
    }

    /// An entry that was delivered to a consumer of a group, and trimmed or deleted before anybody has acknowledged it.
    static func removed(_ name: RedisBytes, _ id: RedisStreamID) -> StreamNote {
        let words = "missing: \(id) of \(name.shown()) was removed before it was acknowledged"
        let members: [(name: StaticString, value: Value?)] = [("missed", .number(1)), ("id", .text("\(id)"))]
        return StreamNote("missing", isOfStream: true, name, words, members)
    }

    /// The group was gone, and begins again with the first entry.
    static func restarted(_ name: RedisBytes, _ group: RedisBytes) -> StreamNote {
        let words = "the group \(group.shown()) of \(name.shown()) was gone: it begins again with the first entry"
        return StreamNote("restarted", isOfStream: true, name, words)
    }

    static func deleted(_ name: RedisBytes) -> StreamNote {
        StreamNote("deleted", isOfStream: true, name, "deleted: there is no stream \(name.debugDescription) any more")
    }

    static func refused(_ name: RedisBytes, isOfStream: Bool, _ error: RedisError) -> StreamNote {
        let reason = error.words
        let words = "cannot read \(name.debugDescription) for now: \(reason)"
        return StreamNote("refused", isOfStream: isOfStream, name, words, [("reason", .text(reason))])
    }
}
