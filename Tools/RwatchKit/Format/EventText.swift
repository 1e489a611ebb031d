import RedisRESP

/// One event as one line of text, in MONITOR's own grammar: what `rwatch` writes into a pipe.
package enum EventText {
    /// `TS message "channel" "payload"`.
    package static func message(
        at microseconds: Int64,
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(timestamp: microseconds)
        buffer.append(literal: " message ")
        finish(channel, payload, &buffer)
    }

    /// `TS pmessage "pattern" "channel" "payload"`.
    package static func patternMessage(
        at microseconds: Int64,
        pattern: RawSpan,
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(timestamp: microseconds)
        buffer.append(literal: " pmessage ")
        buffer.append(quoted: pattern)
        buffer.append(UInt8(ascii: " "))
        finish(channel, payload, &buffer)
    }

    /// `TS smessage "channel" "payload"`.
    package static func shardMessage(
        at microseconds: Int64,
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(timestamp: microseconds)
        buffer.append(literal: " smessage ")
        finish(channel, payload, &buffer)
    }

    /// `TS replayed "channel" "payload"`.
    static func replayed(
        at microseconds: Int64,
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(timestamp: microseconds)
        buffer.append(literal: " replayed ")
        finish(channel, payload, &buffer)
    }

    /// `TS entry "stream" "id" "name" "value" …`.
    static func entry(
        at microseconds: Int64,
        stream: RawSpan,
        id: RawSpan,
        fields: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(timestamp: microseconds)
        buffer.append(literal: " entry ")
        buffer.append(quoted: stream)
        buffer.append(UInt8(ascii: " "))
        buffer.append(quoted: id)
        if fields.byteCount > 0 {
            buffer.append(UInt8(ascii: " "))
            buffer.append(fields)
        }
        buffer.append(UInt8(ascii: "\n"))
    }

    /// The bytes on one line, escaped where necessary (``OutputBuffer/append(visible:doublingQuotes:backslashes:)``).
    /// Servers do not escape everything in MONITOR lines: the path of a unix socket.
    package static func visible(_ bytes: RawSpan, to buffer: inout OutputBuffer) {
        guard !bytes.isPrintableASCII else { return raw(bytes, to: &buffer) }
        buffer.append(visible: bytes)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// The bytes themselves and a line feed.
    package static func raw(_ bytes: RawSpan, to buffer: inout OutputBuffer) {
        buffer.append(bytes, endingWith: UInt8(ascii: "\n"))
    }

    @inline(always)
    private static func finish(_ channel: RawSpan, _ payload: RawSpan, _ buffer: inout OutputBuffer) {
        buffer.append(quoted: channel)
        buffer.append(UInt8(ascii: " "))
        buffer.append(quoted: payload)
        buffer.append(UInt8(ascii: "\n"))
    }
}
