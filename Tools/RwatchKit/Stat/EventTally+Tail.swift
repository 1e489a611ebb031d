import RedisEvents
import RedisRESP

// The last events, for those who look at them. Nobody pays for it who does not.
extension EventTally {
    /// Keeps the line of a command, whose name was set before.
    @inline(never)
    mutating func keep(_ line: RawSpan, _ header: MonitorLine, key: RawSpan, _ hasKey: Bool, _ node: RawSpan) {
        keep(
            TailEvent(
                number: 0,
                time: header.time.microseconds,
                line: Self.beginning(of: line, TailEvent.longestLine),
                name: name,
                key: hasKey ? Self.beginning(of: key, TailEvent.longestName) : nil,
                client: Self.beginning(of: line.part(header.source), TailEvent.longestName),
                node: Self.beginning(of: node, TailEvent.longestName)
            )
        )
    }

    /// Keeps a message.
    @inline(never)
    mutating func keep(
        _ kind: PubSub.Message.Kind,
        at time: Int64,
        _ channel: RawSpan,
        _ pattern: RawSpan,
        _ payload: RawSpan,
        _ node: RawSpan
    ) {
        var line = OutputBuffer(capacity: 128)
        let start = payload.part(at: 0, count: min(payload.byteCount, TailEvent.longestLine))
        let name = channel.part(at: 0, count: min(channel.byteCount, TailEvent.longestLine))
        let glob = pattern.part(at: 0, count: min(pattern.byteCount, TailEvent.longestLine))
        switch kind {
        case .message: EventText.message(at: time, channel: name, payload: start, to: &line)
        case .pmessage: EventText.patternMessage(at: time, pattern: glob, channel: name, payload: start, to: &line)
        case .smessage: EventText.shardMessage(at: time, channel: name, payload: start, to: &line)
        }
        keep(line.take(), time, channel, key: nil, node)
    }

    /// Keeps an event of a key.
    @inline(never)
    mutating func keep(_ name: RawSpan, key: RawSpan, _ database: Int, at time: Int64, _ node: RawSpan) {
        var line = OutputBuffer(capacity: 128)
        let start = key.part(at: 0, count: min(key.byteCount, TailEvent.longestLine))
        EventText.keyEvent(
            at: time,
            database: database,
            event: name.part(at: 0, count: min(name.byteCount, TailEvent.longestLine)),
            key: start,
            to: &line
        )
        keep(line.take(), time, name, key: Self.beginning(of: key, TailEvent.longestName), node)
    }

    private mutating func keep(_ line: [UInt8], _ time: Int64, _ name: RawSpan, key: [UInt8]?, _ node: RawSpan) {
        keep(
            TailEvent(
                number: 0,
                time: time,
                line: Array(line.prefix(TailEvent.longestLine)).withoutLineFeed,
                name: Self.beginning(of: name, TailEvent.longestName),
                key: key,
                node: Self.beginning(of: node, TailEvent.longestName)
            )
        )
    }

    private static func beginning(of bytes: RawSpan, _ limit: Int) -> [UInt8] {
        [UInt8](copying: bytes.part(at: 0, count: min(bytes.byteCount, limit)))
    }
}

extension [UInt8] {
    fileprivate var withoutLineFeed: [UInt8] { last == UInt8(ascii: "\n") ? Array(dropLast()) : self }
}
