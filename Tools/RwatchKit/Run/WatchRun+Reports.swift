import RedisPOSIX
import RedisReactor
import Synchronization

/// What a run reports about itself.
extension WatchRun {
    /// Tells everybody who waits for it that the watch stands.
    func stands() {
        hasStood.withLock { $0 = true }
        do throws(RedisSystemError) { try settings.readiness.announce() } catch {
            say("cannot tell by --ready-fd or --ready-file that the watch stands: \(error)")
        }
        services?.ready("watching")
        idle?.begin()
        reportLater()
    }

    /// Ends what goes on by itself.
    func stopReporting() {
        idle?.cancel()
        nextReport.withLock { exchange(&$0, with: nil) }?.cancel()
        services?.stopping()
        settings.readiness.withdraw()
    }

    /// The figures now.
    func report() -> RunReport {
        let output = pump.statistics
        return RunReport(
            elapsed: begun.duration(to: .now),
            written: output.writtenEvents + counted.load(ordering: .relaxed),
            writtenBytes: output.writtenBytes,
            queued: output.queuedEvents,
            queuedBytes: output.queuedBytes,
            dropped: output.refusedEvents,
            gaps: gaps.load(ordering: .relaxed),
            monitored: duties.withLock { $0.map(\.monitored).min() }
        )
    }

    /// Reports the figures at the end, for people.
    func summarize() {
        let isWanted = settings.hasSummary ?? (Terminal.isTerminal(2) && !settings.isQuiet)
        if isWanted, hasStood.withLock({ $0 }) { say(report().text()) }
    }

    private func reportLater() {
        guard let interval = settings.reportInterval else { return }
        let next = ScheduledCall(after: interval, on: loop) { [weak self] in
            guard let self else { return }
            let now = report()
            say(now.text(since: lastReport.withLock { exchange(&$0, with: now) }))
            reportLater()
        }
        nextReport.withLock { $0 = next }
    }
}
