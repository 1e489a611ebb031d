import RedisEvents
import RwatchKit

/// Events, as they look in a form.
enum Shaped {
    static let time: Int64 = 1_795_219_143_045_931

    /// A line of MONITOR with these words.
    static func line(_ words: [[UInt8]], source: String = "127.0.0.1:41690") -> [UInt8] {
        formatted { buffer in
            buffer.append(Array("1795219143.045931 [0 \(source)]".utf8))
            for word in words {
                buffer.append(UInt8(ascii: " "))
                withBytes(word) { buffer.append(quoted: $0) }
            }
        }
    }

    static func line(_ words: String...) -> [UInt8] { line(words.map { Array($0.utf8) }) }

    /// What becomes of lines of MONITOR, one after the other.
    static func commands(
        _ lines: [[UInt8]],
        _ shape: EventShape,
        width: Int? = nil,
        label: String = "",
        table: CommandCatalog = .builtIn,
        client: KnownClient? = nil,
        isFromScript: Bool = false
    ) -> [UInt8] {
        let shaper = EventShaper(shape, table: table) { width }
        return formatted { buffer in
            for line in lines {
                withBytes(line) {
                    _ = shaper.append(
                        line: $0,
                        label: Array(label.utf8),
                        receivedAt: 1_500_000,
                        client: client,
                        isFromScript: isFromScript,
                        to: &buffer
                    )
                }
            }
        }
    }

    static func command(
        _ line: [UInt8],
        _ shape: EventShape,
        width: Int? = nil,
        client: KnownClient? = nil,
        isFromScript: Bool = false
    ) -> String {
        String(
            decoding: commands([line], shape, width: width, client: client, isFromScript: isFromScript),
            as: UTF8.self
        )
    }

    /// What becomes of a message.
    static func message(
        _ kind: PubSub.Message.Kind = .message,
        _ channel: [UInt8],
        pattern: [UInt8] = [],
        _ payload: [UInt8],
        _ shape: EventShape,
        width: Int? = nil,
        at time: Int64 = Shaped.time
    ) -> [UInt8] {
        let shaper = EventShaper(shape) { width }
        return withBytes(channel) { channel in
            withBytes(pattern) { pattern in
                withBytes(payload) { payload in
                    formatted {
                        shaper.append(
                            kind,
                            channel: channel,
                            pattern: pattern,
                            payload: payload,
                            at: time,
                            to: &$0
                        )
                    }
                }
            }
        }
    }

    static func message(_ payload: String, _ shape: EventShape, width: Int? = nil) -> String {
        let bytes = message(.message, Array("ch".utf8), Array(payload.utf8), shape, width: width)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What becomes of an event of a key in database 3.
    static func key(
        _ event: [UInt8],
        _ key: [UInt8],
        _ shape: EventShape,
        width: Int? = nil,
        at time: Int64 = Shaped.time
    ) -> [UInt8] {
        let shaper = EventShaper(shape) { width }
        return withBytes(event) { event in
            withBytes(key) { key in
                formatted { shaper.append(event: event, key: key, database: 3, at: time, to: &$0) }
            }
        }
    }

    static func key(_ event: String, _ key: String, _ shape: EventShape, width: Int? = nil) -> String {
        String(decoding: self.key(Array(event.utf8), Array(key.utf8), shape, width: width), as: UTF8.self)
    }
}

extension EventShape {
    /// A form with times in UTC.
    static func utc(_ form: Form, _ time: TimeStyle = .unix, _ change: (inout EventShape) -> Void = { _ in })
        -> EventShape
    {
        var shape = EventShape(form, time: time)
        shape.isUTC = true
        change(&shape)
        return shape
    }

    /// A format.
    static func template(_ text: String, _ stream: EventStreamKind, _ change: (inout EventShape) -> Void = { _ in })
        throws -> EventShape
    {
        .utc(.template(try EventTemplate(text, for: stream)), .iso, change)
    }
}
