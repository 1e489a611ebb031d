import RedisPOSIX
import RedisReactor

/// What a run reports about itself.
extension WatchRun {
    /// Tells everybody who waits for it that the watch stands.
    func stands() {
        progress.withLock { $0.hasStood = true }
        do throws(RedisSystemError) { try settings.readiness.announce() } catch {
            say("cannot tell by --ready-fd or --ready-file that the watch stands: \(error)")
        }
        services?.ready("watching")
        idle?.begin()
        guard let interval = settings.reportInterval else { return }
        figures.report(every: interval, on: loop) { [pump] in
            pump.statistics
        } _: { [notices] now, before in
            notices.say(now.text(since: before))
        }
    }

    /// Ends what goes on by itself.
    func stopReporting() {
        idle?.cancel()
        figures.stopReporting()
        services?.stopping()
        settings.readiness.withdraw()
    }

    /// The figures now.
    func report() -> RunReport { figures.report(pump.statistics) }

    /// Reports the figures at the end, for people.
    func summarize() {
        let isWanted = settings.hasSummary ?? (Terminal.isTerminal(2) && !settings.isQuiet)
        if isWanted, progress.withLock({ $0.hasStood }) { say(report().text()) }
    }
}
