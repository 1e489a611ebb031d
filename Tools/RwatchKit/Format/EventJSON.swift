package import RedisCore

/// One event as one line of JSON, keys always in the same order; commands are ``MonitorLineJSON``'s.
package enum EventJSON {
    /// `{"v":1,"kind":"message","ts":…,"channel":"…","payload":"…"}`.
    package static func message(
        at microseconds: Int64,
        node: [UInt8] = [],
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        begin("{\"v\":1,\"kind\":\"message\",\"ts\":", at: microseconds, node: node, to: &buffer)
        finish(channel, payload, &buffer)
    }

    /// `{"v":1,"kind":"pmessage","ts":…,"pattern":"…","channel":"…","payload":"…"}`.
    package static func patternMessage(
        at microseconds: Int64,
        node: [UInt8] = [],
        pattern: RawSpan,
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        begin("{\"v\":1,\"kind\":\"pmessage\",\"ts\":", at: microseconds, node: node, to: &buffer)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "pattern", pattern)
        finish(channel, payload, &buffer)
    }

    /// `{"v":1,"kind":"smessage","ts":…,"channel":"…","payload":"…"}`.
    package static func shardMessage(
        at microseconds: Int64,
        node: [UInt8] = [],
        channel: RawSpan,
        payload: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        begin("{\"v\":1,\"kind\":\"smessage\",\"ts\":", at: microseconds, node: node, to: &buffer)
        finish(channel, payload, &buffer)
    }

    /// `{"v":1,"kind":"gap","ts":…,"from":…,"to":…,"duration_ms":…,"complete":…,"missed_at_most":…,"cause":"…","confidence":"…",
    /// "reason":"…"}`: events may have been missed between the two times, of which the later is also `ts`. Without
    /// `missed_at_most` their number is unknown. A gap that is not complete is followed by another one, or by the end.
    package static func gap(_ gap: RedisGap, node: [UInt8] = [], to buffer: inout OutputBuffer) {
        let start = gap.from.microseconds
        let end = gap.until.microseconds
        buffer.append(literal: "{\"v\":1,\"kind\":\"gap\",\"ts\":")
        buffer.append(timestamp: end)
        buffer.append(literal: ",\"from\":")
        buffer.append(timestamp: start)
        buffer.append(literal: ",\"to\":")
        buffer.append(timestamp: end)
        if !node.isEmpty { buffer.append(node) }
        buffer.append(literal: ",\"duration_ms\":")
        buffer.append(integer: Int(gap.duration / .milliseconds(1)))
        buffer.append(literal: gap.isComplete ? ",\"complete\":true" : ",\"complete\":false")
        if let missed = gap.missedPublishes {
            buffer.append(literal: ",\"missed_at_most\":")
            buffer.append(integer: missed)
        }
        // Gaps are rare, so this function may allocate.
        let words: [(StaticString, String)] = [
            ("cause", "\(gap.cause.reason)"), ("confidence", "\(gap.cause.confidence)"),
            ("reason", gap.cause.description),
        ]
        for (name, word) in words {
            buffer.append(UInt8(ascii: ","))
            buffer.append(jsonField: name, Array(word.utf8).rawSpan)
        }
        buffer.append(literal: "}\n")
    }

    /// `{"v":1,"kind":"drop","ts":…,"from":…,"count":…,"bytes":…}`: this many events, of which the first came at
    /// `from`, were not written because the reader was too slow.
    package static func drop(_ loss: OutputLoss, at microseconds: Int64, to buffer: inout OutputBuffer) {
        buffer.append(literal: "{\"v\":1,\"kind\":\"drop\",\"ts\":")
        buffer.append(timestamp: microseconds)
        buffer.append(literal: ",\"from\":")
        buffer.append(timestamp: loss.from)
        buffer.append(literal: ",\"count\":")
        buffer.append(integer: loss.events)
        buffer.append(literal: ",\"bytes\":")
        buffer.append(integer: loss.bytes)
        buffer.append(literal: "}\n")
    }

    /// Appends what every event begins with: a literal up to its time, in one piece, because that is cheaper.
    @inline(always)
    static func begin(_ start: StaticString, at microseconds: Int64, node: [UInt8], to buffer: inout OutputBuffer) {
        buffer.append(literal: start)
        buffer.append(timestamp: microseconds)
        if !node.isEmpty { buffer.append(node) }
    }

    /// Appends what every message ends with. With `embedding`, a payload that is JSON is no string.
    @inline(always)
    static func finish(
        _ channel: RawSpan,
        _ payload: RawSpan,
        _ buffer: inout OutputBuffer,
        binary: BinaryStyle = .b64,
        embedding: Bool = false
    ) {
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "channel", channel, binary)
        buffer.append(UInt8(ascii: ","))
        if !embedding || !buffer.append(jsonField: "payload", embedding: payload) {
            buffer.append(jsonField: "payload", payload, binary)
        }
        buffer.append(literal: "}\n")
    }
}
