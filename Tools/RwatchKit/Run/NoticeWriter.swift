import RedisReactor

/// Writes a run's notices to standard error on a thread of its own, because the loop must not wait for their reader.
final class NoticeWriter: Sendable {
    private let isQuiet: Bool
    private let pump: OutputPump
    /// Who shows notices in place of standard error.
    private let other = Locked<(@Sendable (String) -> Void)?>(nil)

    /// `isQuiet` says whether to leave out notices of normal events.
    init(isQuiet: Bool) throws(RedisSystemError) {
        self.isQuiet = isQuiet
        pump = try OutputPump(
            to: .descriptor(2),
            limit: 64 << 10,
            policy: .drop,
            losses: OutputLossReport(record: { loss in
                let dropped = loss.events == 1 ? "1 notice was" : "\(loss.events) notices were"
                return Array(Notices.line("\(dropped) dropped: not read fast enough").utf8)
            })
        )
    }

    /// Has notices shown by somebody else, who must not wait; `nil` for standard error again.
    func redirect(_ show: (@Sendable (String) -> Void)?) { other.withLock { $0 = show } }

    /// Writes `rwatch: …` without waiting. If nobody reads, the notice is dropped and counted.
    func say(_ text: String) {
        if let show = other.withLock({ $0 }) { return show(text) }
        _ = pump.submit(chunk: Array(Notices.line(text).utf8), events: 1)
    }

    /// Writes a notice of a normal event.
    func tell(_ text: String) { if !isQuiet { say(text) } }

    /// Writes the remaining notices, for at most a second.
    func finish() { _ = pump.finish(deadline: .seconds(1)) }
}
