/// A stretch of time in which events may have been missed, because the link was down.
///
/// It stands in the stream after the last event before the loss and before the first event after it.
public struct Gap: Sendable, Hashable {
    /// Why the link ended.
    public let cause: Disconnect
    /// When the last bytes before the loss arrived: everything up to here was received. On a quiet link that may be long
    /// before the loss was found, because nothing proves that the server did not drop a message in between.
    public let from: Timestamp
    /// When everything was subscribed again. In a gap that is not `isComplete`, when the first names were.
    public let until: Timestamp
    /// The length on the monotonic clock, whatever the wall clock did meanwhile.
    public let duration: Duration
    /// Whether everything was subscribed again at `until`. If not, a message had to be delivered before the last
    /// confirmation came, and a second gap with the same `from` follows when it has.
    public let isComplete: Bool

    package init(cause: Disconnect, from: Timestamp, until: Timestamp, duration: Duration, isComplete: Bool) {
        self.cause = cause
        self.from = from
        self.until = until
        self.duration = duration
        self.isComplete = isComplete
    }

    /// One gap from the beginning of this one to the end of a later one.
    package func extended(to later: Gap) -> Gap {
        Gap(
            cause: cause,
            from: from,
            until: later.until,
            duration: duration + later.duration
                + .microseconds(max(0, later.from.microseconds - until.microseconds)),
            isComplete: later.isComplete
        )
    }

    /// The same gap, that much longer.
    package func prolonged(by time: Duration, isComplete: Bool) -> Gap {
        Gap(
            cause: cause,
            from: from,
            until: Timestamp(microseconds: until.microseconds + Int64(time / .microseconds(1))),
            duration: duration + time,
            isComplete: isComplete
        )
    }
}
