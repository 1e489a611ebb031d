import RedisReactor

/// Writes a run's notices to standard error by way of a thread: the loop must not wait for whoever reads there.
final class NoticeWriter: Sendable {
    private let isQuiet: Bool
    private let pump: OutputPump

    /// `isQuiet`: whether nothing is said of what goes as it should.
    init(isQuiet: Bool) throws(RedisSystemError) {
        self.isQuiet = isQuiet
        pump = try OutputPump(
            descriptor: 2,
            limit: 64 << 10,
            policy: .drop,
            losses: OutputLossReport(record: { loss in
                Array(Notices.line("\(loss.events) notices were dropped: they were not read fast enough").utf8)
            })
        )
    }

    /// Writes `rwatch: …`, without waiting. When nobody reads, it is dropped and counted.
    func say(_ text: String) { _ = pump.submit(chunk: Array(Notices.line(text).utf8), events: 1) }

    /// The same for what goes as it should.
    func tell(_ text: String) { if !isQuiet { say(text) } }

    /// Writes what is left, for as long as a second.
    func finish() { _ = pump.finish(deadline: .seconds(1)) }
}
