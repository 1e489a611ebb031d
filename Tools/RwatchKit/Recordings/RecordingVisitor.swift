package import RedisEvents

/// What reads a recording: it is called for each line, in order. Spans live for the call.
package protocol RecordingVisitor: ~Copyable {
    /// A command.
    ///
    /// - Parameters:
    ///   - line: The line of MONITOR; what was JSON has become one.
    ///   - header: Its header. The arguments were not looked at.
    ///   - node: The server, as the recording names it; empty if it does not.
    mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan)

    /// A message of Pub/Sub.
    mutating func message(_ message: borrowing RecordedMessage)

    /// An event of a key. Who has no use for its parts gets a remark.
    mutating func keyEvent(_ event: borrowing RecordedKeyEvent)

    /// Events may have been missed between two times, as far as the recording tells them. Who has no use for the times
    /// gets a remark.
    mutating func gap(_ gap: RecordedGap)

    /// So many events were dropped when the recording was made. Who has no use for the times gets a remark.
    mutating func drop(_ count: Int, _ times: RecordedTimes)

    /// A line that is no event by itself.
    mutating func remark(_ remark: RecordingRemark)

    /// A line that cannot be used.
    mutating func unreadable(_ problem: LineProblem)
}

extension RecordingVisitor where Self: ~Copyable {
    package mutating func keyEvent(_ event: borrowing RecordedKeyEvent) { remark(.keyEvent) }

    package mutating func gap(_ gap: RecordedGap) { remark(.gap) }

    package mutating func drop(_ count: Int, _ times: RecordedTimes) { remark(.drop(count)) }
}

/// Since when and until when something was so, in microseconds since the epoch; `nil` where a recording does not tell.
package struct RecordedTimes: Sendable, Equatable {
    package var from: Int64?
    package var until: Int64?
}

/// A gap in a recording.
package struct RecordedGap: Sendable, Equatable {
    package var times: RecordedTimes
    /// The server, and why, as the recording has them; empty where it does not.
    package var node: [UInt8]
    package var reason: [UInt8]
}

/// An event of a key in a recording.
package struct RecordedKeyEvent: ~Escapable {
    /// When it came, in microseconds since the epoch.
    package let time: Int64
    package let name: RawSpan
    package let key: RawSpan
    package let database: Int
    /// The server, as the recording names it; empty if it does not.
    package let node: RawSpan

    @_lifetime(copy name, copy key, copy node)
    package init(_ name: RawSpan, at time: Int64, key: RawSpan, database: Int, node: RawSpan) {
        self.time = time
        self.name = name
        self.key = key
        self.database = database
        self.node = node
    }
}

/// A line of a recording that is neither a command nor a message.
package enum RecordingRemark: Sendable, Equatable {
    /// An empty line.
    case blank
    /// The `OK` with which a server begins, and which redis-cli prints.
    case greeting
    /// An event of a key.
    case keyEvent
    /// Events may have been missed.
    case gap
    /// So many events were dropped when the recording was made.
    case drop(Int)
}

/// A message in a recording.
package struct RecordedMessage: ~Escapable {
    package let kind: PubSub.Message.Kind
    /// When it came, in microseconds since the epoch.
    package let time: Int64
    package let channel: RawSpan
    /// The pattern that it came by; empty for another kind.
    package let pattern: RawSpan
    package let payload: RawSpan
    /// The server, as the recording names it; empty if it does not.
    package let node: RawSpan

    @_lifetime(copy channel, copy pattern, copy payload, copy node)
    package init(
        _ kind: PubSub.Message.Kind,
        at time: Int64,
        channel: RawSpan,
        pattern: RawSpan,
        payload: RawSpan,
        node: RawSpan
    ) {
        self.kind = kind
        self.time = time
        self.channel = channel
        self.pattern = pattern
        self.payload = payload
        self.node = node
    }
}
