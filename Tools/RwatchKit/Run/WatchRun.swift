package import RedisCore
import RedisPOSIX
package import RedisReactor

/// One run of a watching command, from the first connect to the exit status: signals, limits, output, the order in which
/// things end.
package final class WatchRun: Sendable {
    enum Outcome: Sendable {
        case countReached
        case timeOver
        /// The time was over before the watch stood.
        case neverStood
        case signal(Int32)
        case output(OutputFailure)
        case failed(RedisError)
        case ended
    }

    /// A watch that is to last for less may take that long to stand.
    private static let shortestStart = Duration.seconds(2)
    /// The signals that rwatch has a use for.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGTSTP]

    /// The loop that everything of the run shares, so that events of several links keep their order.
    package let loop: RedisEventLoop
    let pump: OutputPump
    let notices: NoticeWriter
    let counter: EventCounter
    private let limits: WatchLimits
    private let outcome = Promise<Outcome>()
    private let endings = Locked<[@Sendable () async -> Void]>([])
    private let hasEnded = Locked(false)

    let suspensions = Locked<[Suspension]>([])
    let stopping = Locked(Stopping.running)
    let waiting: StartWait
    /// All links of the run: a monitor leaves out what any of them sends.
    let ownLinks = OwnLinks()

    /// Prepares the run.
    ///
    /// - Parameters:
    ///   - limits: When it ends by itself.
    ///   - isJSON: Whether what the output lost stands in the data.
    ///   - isQuiet: Whether only losses, gaps and errors are reported.
    /// - Throws: `.systemFailure` when the system has no descriptor or thread left.
    package init(limits: WatchLimits, isJSON: Bool = false, isQuiet: Bool = false) throws(RedisError) {
        OutputPump.ignoreBrokenPipeSignal()
        self.limits = limits
        counter = EventCounter(limit: limits.count)
        do throws(RedisSystemError) { loop = try .shared } catch { throw .system(error) }
        do {
            let notices = try NoticeWriter(isQuiet: isQuiet)
            self.notices = notices
            waiting = StartWait(notices)
            pump = try OutputPump(losses: .told(by: notices, isJSON: isJSON)) { [outcome] in
                outcome.complete(.success(.output($0)))
            }
        } catch { throw RedisError(.systemFailure, "no file descriptor or thread is available for the output") }
    }

    /// What has to be done at the end, the latest first.
    package func atEnd(_ body: @escaping @Sendable () async -> Void) { endings.withLock { $0.append(body) } }

    /// Writes `rwatch: …` to standard error, without waiting; when nobody reads there, it is dropped.
    func say(_ text: String) { notices.say(text) }

    /// Ends the run.
    func end(_ outcome: Outcome) { self.outcome.complete(.success(outcome)) }

    /// Lets `start` begin the watch, waits for its end, and returns the status. A status by signal is for `exit(with:)`.
    package func run(_ start: @escaping @Sendable () async throws(RedisError) -> Void) async -> ExitStatus {
        let signals = SignalWatch(on: loop)
        // What was ignored when the process began stays so: that is how `nohup` and a shell's background work.
        try? await signals.start(Self.signals.filter { !ThisProcess.ignores($0) }) { number in
            if number == SIGTSTP { return self.stopProcess() }
            // The second one does not wait for anything.
            if self.hasEnded.withLock({ exchange(&$0, with: true) }) { ThisProcess.die(by: number) }
            self.end(.signal(number))
        }
        // The start has as much time as the watch itself, and some where that is short.
        let startClock = clock(.neverStood, atLeast: Self.shortestStart)
        let starting = Task {
            do throws(RedisError) {
                try await start()
                startClock?.cancel()
                _ = self.clock(.timeOver, atLeast: .zero)
            } catch { self.end(.failed(error)) }
        }
        let outcome = (try? await outcome.value()) ?? .ended
        starting.cancel()
        let hint = hintAtSlowEnd(outcome, "a reply from the server")
        for ending in endings.withLock({ exchange(&$0, with: []) }).reversed() { await ending() }
        hint?.cancel()
        let otherHint = hintAtSlowEnd(outcome, "the reader of the output")
        let status = status(of: outcome)
        otherHint?.cancel()
        notices.finish()
        await signals.stop()
        return status
    }

    /// A server that answers slowly, or a reader that does not read, may hold up the end: whoever has ended the run shall know that
    /// it was heard.
    private func hintAtSlowEnd(_ outcome: Outcome, _ cause: String) -> ScheduledCall? {
        guard case .signal = outcome else { return nil }
        return ScheduledCall(after: .milliseconds(500), on: loop) {
            self.say("waiting for \(cause); a second signal ends at once")
        }
    }

    private func clock(_ outcome: Outcome, atLeast least: Duration) -> ScheduledCall? {
        limits.duration.map { ScheduledCall(after: max($0, least), on: loop) { self.end(outcome) } }
    }

    private func status(of outcome: Outcome) -> ExitStatus {
        // A reader that does not read must not hold up the end for long.
        let failure = pump.finish(deadline: .seconds(5))
        let unwritten = pump.statistics.queuedEvents
        let loss = pump.loss
        if let loss { say(loss.text(unwritten: unwritten)) }
        if let failure { return ExitStatus(failure, unwritten: loss == nil ? unwritten : 0, say: say) }
        switch outcome {
        case .output(let failure): return ExitStatus(failure, say: say)
        case .countReached, .ended: return .success
        case .timeOver: return limits.count == nil ? .success : .conditionUnmet
        case .neverStood:
            let time = max(limits.duration ?? .zero, Self.shortestStart)
            say("not watching after \(Notices.seconds(time)): giving up because of --for")
            return .unavailable
        case .signal(let number): return .signal(number)
        case .failed(let error):
            say(error.words)
            return ExitStatus(error)
        }
    }
}

extension OutputLoss {
    /// What is said at the end of events that were dropped, and of those that were not written after all.
    func text(unwritten: Int) -> String {
        let dropped = "dropped \(Words.count(events, "event")) (\(bytes) bytes)"
        let rest = unwritten > 0 ? "; \(unwritten) more were not written" : ""
        return "\(dropped): the output was not read fast enough\(rest)"
    }
}

extension OutputLossReport {
    /// The losses of the data: said, and where it is JSON also recorded.
    fileprivate static func told(by notices: NoticeWriter, isJSON: Bool) -> OutputLossReport {
        OutputLossReport(
            record: { loss in
                guard isJSON else { return [] }
                var record = OutputBuffer(capacity: 128)
                EventJSON.drop(loss, at: RedisTimestamp.now().microseconds, to: &record)
                return record.take()
            },
            began: { notices.say("the output is not read fast enough: events are being dropped") },
            ended: { loss in
                notices.say("the output is read again: \(loss.events) events were dropped (\(loss.bytes) bytes)")
            }
        )
    }
}

extension ExitStatus {
    /// The end that a failed output means. A reader that went away is no failure of ours: the status is that of a process
    /// which was killed by SIGPIPE. `unwritten` events were on their way.
    init(_ failure: OutputFailure, unwritten: Int = 0, say: (String) -> Void = { Notices.say($0) }) {
        let rest =
            unwritten == 0 ? "" : "; \(Words.count(unwritten, "event")) \(unwritten == 1 ? "was" : "were") not written"
        switch failure {
        case .readerGone:
            self = .signal(SIGPIPE)
        case .failed(let code):
            say("cannot write: \(RedisSystemError(call: "write", code: code).reason)\(rest)")
            self = .outputFailed
        case .unfinished(let bytes):
            say("cannot write: \(bytes) bytes were not taken in time\(rest)")
            self = .outputFailed
        }
    }

    /// Ends the process. A status by signal is an end by that signal, so that a shell's loop stops too; where the signal was
    /// ignored when the process began, the shell would not expect it, and gets the number alone.
    package func exit() -> Never {
        if case .signal(let number) = self, number != SIGPIPE || !OutputPump.brokenPipeWasIgnored {
            ThisProcess.die(by: number)
        }
        RedisPOSIX.exit(code)
    }
}
