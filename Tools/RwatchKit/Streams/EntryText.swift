import RedisCore
import RedisEvents
import RedisRESP
import RedisStreams

/// An entry of a stream, or a message of a durable channel, in the pieces that events are printed from.
struct EntryText {
    let kind: SelectedEvent.Kind
    /// What the id says, in microseconds since the epoch.
    let time: Int64
    /// The stream or the channel.
    let name: [UInt8]
    let id: [UInt8]
    /// The fields, or the payload.
    let content: [UInt8]

    private init(_ kind: SelectedEvent.Kind, _ id: RedisStreamID, name: [UInt8], content: [UInt8]) {
        self.kind = kind
        // A user may have given an id that is no time.
        time = Int64(min(id.milliseconds, UInt64(Int64.max / 1000))) * 1000
        self.name = name
        self.id = Array(id.description.utf8)
        self.content = content
    }

    init(_ entry: StreamReader.Entry) {
        self.init(.entry, entry.id, name: entry.stream.bytes, content: Self.text(of: entry.fields))
    }

    /// A message; `isReplayed` says that it was read from the stream.
    init(_ message: DurableSubscription.Message, isReplayed: Bool) {
        self.init(
            isReplayed ? .replayed : .message,
            message.id,
            name: message.channel.bytes,
            content: message.payload.bytes
        )
    }

    /// A message of a durable channel that something else has published, and that is in no stream.
    init(foreign payload: RedisBytes, of channel: RedisBytes) {
        kind = .message
        time = RedisTimestamp.now().microseconds
        name = channel.bytes
        id = []
        content = payload.bytes
    }

    /// Names and values in quotes, with blanks between.
    static func text(of fields: [RedisField]) -> [UInt8] {
        var buffer = OutputBuffer(capacity: 256)
        for (index, field) in fields.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: " ")) }
            buffer.append(quoted: field.name.rawSpan)
            buffer.append(UInt8(ascii: " "))
            buffer.append(quoted: field.value.rawSpan)
        }
        return buffer.take()
    }

    /// The names and values of such a text.
    static func texts(ofFields fields: RawSpan) -> [[UInt8]] {
        var arguments = LineArguments()
        arguments.begin(at: 0)
        var texts: [[UInt8]] = []
        while let bounds = arguments.argument(texts.count, in: fields) {
            var text: [UInt8] = []
            guard MonitorLine.appendUnescaped(bounds.span(in: fields), to: &text) else { break }
            texts.append(text)
        }
        return texts
    }
}
