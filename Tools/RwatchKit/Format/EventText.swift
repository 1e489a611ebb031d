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

    /// The bytes themselves and a line feed: a raw payload, or a MONITOR line as the server sent it.
    package static func raw(_ bytes: RawSpan, to buffer: inout OutputBuffer) {
        buffer.append(bytes)
        buffer.append(UInt8(ascii: "\n"))
    }

    @inline(always)
    private static func finish(_ channel: RawSpan, _ payload: RawSpan, _ buffer: inout OutputBuffer) {
        buffer.append(quoted: channel)
        buffer.append(UInt8(ascii: " "))
        buffer.append(quoted: payload)
        buffer.append(UInt8(ascii: "\n"))
    }
}
