import RESP

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

    /// A MONITOR line as the server sent it. Servers escape what is not printable ASCII, but for the path of a unix socket; what
    /// they left as it is and could do something to a terminal, or is not UTF-8, is escaped here in the same way.
    package static func monitorLine(_ line: RawSpan, to buffer: inout OutputBuffer) {
        guard !line.isPrintableASCII else { return raw(line, to: &buffer) }
        var offset = 0
        while offset < line.byteCount {
            let byte = line.byte(at: offset)
            let length = byte < 0x80 ? 1 : UTF8Check.sequenceLength(in: line, at: offset)
            let isControl =
                byte < 0x20 || byte == 0x7f || byte == 0xc2 && length == 2 && line.byte(at: offset + 1) < 0xa0
            let end = offset + max(length, 1)
            while offset < end {
                if length == 0 || isControl {
                    buffer.append(escaped: line.byte(at: offset))
                } else {
                    buffer.append(line.byte(at: offset))
                }
                offset += 1
            }
        }
        buffer.append(UInt8(ascii: "\n"))
    }

    /// The bytes themselves and a line feed.
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
