import RedisPOSIX
import RedisReactor
import Synchronization

/// What a run has done so far, for its reports.
final class RunFigures: Sendable {
    private let begun = ContinuousClock.now
    private let counted = Atomic<Int>(0)
    private let gaps = Atomic<Int>(0)
    private let duties = Locked<[DutyRunner]>([])
    private let lastReport = Locked<RunReport?>(nil)
    private let nextReport = Locked<ScheduledCall?>(nil)

    /// Notes an event that was counted and not printed.
    func noteCounted() { counted.add(1, ordering: .relaxed) }

    /// Notes a gap that was reported.
    func noteGap() { gaps.add(1, ordering: .relaxed) }

    /// Adds what leaves MONITOR of a server for a part of the time.
    func add(_ duty: DutyRunner) { duties.withLock { $0.append(duty) } }

    /// The figures now, together with those of the output.
    func report(_ output: OutputStatistics) -> RunReport {
        RunReport(
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

    /// Calls `tell` every `interval` until `stopReporting()`, on the loop, with the figures and those of the call
    /// before.
    func report(
        every interval: Duration,
        on loop: RedisEventLoop,
        _ output: @escaping @Sendable () -> OutputStatistics,
        _ tell: @escaping @Sendable (RunReport, RunReport?) -> Void
    ) {
        let next = ScheduledCall(after: interval, on: loop) { [weak self] in
            guard let self else { return }
            let now = report(output())
            tell(now, lastReport.withLock { exchange(&$0, with: now) })
            report(every: interval, on: loop, output, tell)
        }
        nextReport.withLock { $0 = next }
    }

    func stopReporting() { nextReport.withLock { exchange(&$0, with: nil) }?.cancel() }
}
