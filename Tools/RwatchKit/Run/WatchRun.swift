package import RedisCore
import RedisPOSIX
import RedisRESP
package import RedisReactor

/// A run of a watching command, from the first connect to the exit status: signals, limits, output, and the order in
/// which everything ends.
package final class WatchRun: Sendable {
    enum Outcome: Sendable {
        case countReached
        /// The event that ends the run was written.
        case lastEventSeen
        /// No event came for the longest time that the run may be idle.
        case idle
        /// The output was too slow, and the run is to end then.
        case overflowed
        case timeOver
        /// The time was over before the watch had started.
        case neverStood
        case signal(Int32)
        case output(OutputFailure)
        case failed(RedisError)
        case ended
    }

    /// How far the run has come.
    struct Progress {
        /// Whether the watch has stood.
        var hasStood = false
        /// Whether a signal has ended the run.
        var hasSignal = false
        /// Whether the outcome is known, so that another signal changes nothing of it.
        var isEnding = false
    }

    /// A watch with a shorter time limit may take this long to start.
    private static let shortestStart = Duration.seconds(2)
    /// The signals that rwatch handles.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1]

    /// The loop of everything in the run, so that events of several links keep their order.
    package let loop: RedisEventLoop
    let pump: OutputPump
    /// The commands that take the events, if that is not an output.
    let jobs: JobPool?
    let notices: NoticeWriter
    let counter: EventCounter
    let idle: IdleTimer?
    let figures = RunFigures()
    let settings: RunSettings
    let services: ServiceReports?
    let stops = ProcessStops()
    let progress = Locked(Progress())
    private let outcome = Promise<Outcome>()
    private let endings = Locked<[@Sendable () async -> Void]>([])
    let waiting: StartWait
    /// All links of the run: a monitor leaves out the commands of each of them.
    package let ownLinks: OwnLinks

    /// Prepares the run.
    ///
    /// - Parameters:
    ///   - settings: When the run ends by itself, where its output goes, and what is reported.
    ///   - isJSON: Whether the data contains a record of lost output.
    /// - Throws: `.systemFailure` when the system has no descriptor or thread left, or nobody can be told that the
    ///   watch stands.
    package init(_ settings: RunSettings = RunSettings(), isJSON: Bool = false) throws(RedisError) {
        OutputPump.ignoreBrokenPipeSignal()
        self.settings = settings
        ownLinks = OwnLinks(isIgnored: settings.showsOwn)
        counter = EventCounter(limit: settings.limits.count)
        do throws(RedisSystemError) { loop = try .shared } catch { throw .system(error) }
        services = ServiceReports(on: loop)
        do throws(RedisSystemError) { try settings.readiness.prepare() } catch {
            throw RedisError(.systemFailure, "cannot prepare --ready-fd or --ready-file: \(error)")
        }
        do {
            let notices = try NoticeWriter(isQuiet: settings.isQuiet)
            self.notices = notices
            waiting = StartWait(notices)
            var losses = OutputLossReport.told(by: notices, isJSON: isJSON)
            if settings.overflow == .exit {
                losses.began = { [outcome] in outcome.complete(.success(.overflowed)) }
            }
            let jobs = try settings.jobs.map { try JobPool($0) { notices.say($0) } }
            self.jobs = jobs
            pump = try OutputPump(
                to: settings.recording.map { .recording($0) { notices.say($0) } } ?? jobs.map { .jobs($0) }
                    ?? .descriptor(1),
                limit: settings.bufferSize,
                policy: settings.overflow?.policy,
                losses: losses
            ) { [outcome] in
                outcome.complete(.success(.output($0)))
            }
        } catch { throw RedisError(.systemFailure, "no file descriptor or thread is available for the output") }
        idle = settings.limits.idle.map { [outcome, loop] limit in
            IdleTimer(limit, on: loop) { outcome.complete(.success(.idle)) }
        }
    }

    /// Adds a closure that is called at the end, the latest first.
    package func atEnd(_ body: @escaping @Sendable () async -> Void) { endings.withLock { $0.append(body) } }

    /// Writes `rwatch: …` to standard error without waiting. If nobody reads it, it is dropped.
    package func say(_ text: String) { notices.say(text) }

    /// Writes the first line of the output, if the form has one; several servers share it. The parts of a recording
    /// begin with it by themselves.
    package func begin(with header: [UInt8]) {
        if settings.recording == nil, jobs == nil, !header.isEmpty { _ = pump.submit(chunk: header, events: 0) }
    }

    /// Ends the run.
    func end(_ outcome: Outcome) { self.outcome.complete(.success(outcome)) }

    /// Ends the run because a stream has ended, with the error if there is one.
    package func end(because error: RedisError?) { end(error.map { .failed($0) } ?? .ended) }

    /// Calls `start` to start the watch, waits for its end, and returns the status. Pass a status by signal to
    /// `exit(with:)`.
    package func run(_ start: @escaping @Sendable () async throws(RedisError) -> Void) async -> ExitStatus {
        let signals = SignalWatch(on: loop)
        // Signals that were ignored when the process began stay ignored, as `nohup` and a shell's background need it.
        try? await signals.start(Self.signals.filter { !ThisProcess.ignores($0) }) { number in
            switch number {
            case SIGTSTP: return self.stopProcess()
            case SIGUSR1: return self.say(self.report().text())
            case SIGHUP where self.settings.recording != nil: return self.pump.reopen()
            default: break
            }
            // The second signal ends the process at once.
            if self.progress.withLock({ exchange(&$0.hasSignal, with: true) }) {
                self.jobs?.kill()
                ThisProcess.die(by: number)
            }
            self.end(.signal(number))
            if self.progress.withLock({ $0.isEnding }) { self.jobs?.terminate() }
        }
        // The start may take as long as the watch itself, and a little longer if that is short.
        let startClock = clock(.neverStood, atLeast: Self.shortestStart)
        let starting = Task {
            do throws(RedisError) {
                try await start()
                startClock?.cancel()
                _ = self.clock(.timeOver, atLeast: .zero)
                self.stands()
            } catch { self.end(.failed(error)) }
        }
        let outcome = (try? await outcome.value()) ?? .ended
        progress.withLock { $0.isEnding = true }
        starting.cancel()
        stopReporting()
        // Whoever ends the run by a signal does not want to wait for commands, nor does a run that they are too slow
        // for.
        switch outcome {
        case .signal, .overflowed: jobs?.terminate()
        default: break
        }
        let hint = hintAtSlowEnd(outcome, "a reply from the server")
        for ending in endings.withLock({ exchange(&$0, with: []) }).reversed() { await ending() }
        hint?.cancel()
        let otherHint = hintAtSlowEnd(outcome, jobs == nil ? "the reader of the output" : "commands that still run")
        var status = status(of: outcome)
        otherHint?.cancel()
        if let jobs { tell(jobs.outcome, of: jobs.settings, &status) }
        summarize()
        notices.finish()
        await signals.stop()
        return status
    }

    /// Writes a hint if the end takes long, because a server replies slowly or a reader does not read, so that the user
    /// knows that the request was received.
    private func hintAtSlowEnd(_ outcome: Outcome, _ cause: String) -> ScheduledCall? {
        guard case .signal = outcome else { return nil }
        return ScheduledCall(after: .milliseconds(500), on: loop) {
            self.say("waiting for \(cause); a second signal ends at once")
        }
    }

    /// Tells what has become of the commands. A run in which one failed has not succeeded.
    private func tell(_ outcome: JobPool.Outcome, of settings: JobSettings, _ status: inout ExitStatus) {
        if outcome.failed > 0 {
            let all = Words.count(outcome.started, "command")
            say("\(outcome.failed) of \(all) of \(settings.option) failed, the last because \(outcome.lastFailure)")
            if status == .success { status = .conditionUnmet }
        }
        if outcome.left > 0 {
            say("\(Words.count(outcome.left, "event")) \(Words.were(outcome.left)) not passed to a command")
        }
    }

    private func clock(_ outcome: Outcome, atLeast least: Duration) -> ScheduledCall? {
        settings.limits.duration.map { ScheduledCall(after: max($0, least), on: loop) { self.end(outcome) } }
    }

    private func status(of outcome: Outcome) -> ExitStatus {
        // A reader that does not read must not delay the end for long.
        // The parts of a recording are brought to their end, and commands are waited for, however long that takes: a
        // second signal ends it.
        let hasEnd = settings.recording == nil && jobs == nil
        let failure = pump.finish(deadline: hasEnd ? .seconds(5) : nil)
        let unwritten = pump.statistics.queuedEvents
        let loss = pump.loss
        if case .overflowed = outcome { say("ended because of --overflow exit") }
        if let loss { say(loss.text(unwritten: unwritten)) }
        if let failure { return ExitStatus(failure, unwritten: loss == nil ? unwritten : 0, say: say) }
        switch outcome {
        case .output(let failure): return ExitStatus(failure, say: say)
        case .countReached, .lastEventSeen, .ended: return .success
        case .timeOver, .idle: return settings.limits.hasGoal ? .conditionUnmet : .success
        case .overflowed: return .outputFailed
        case .neverStood:
            let time = max(settings.limits.duration ?? .zero, Self.shortestStart)
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
    /// The text at the end about events that were dropped, and about those that were never written.
    func text(unwritten: Int) -> String {
        let dropped = "dropped \(Words.count(events, "event")) (\(bytes.inBytes))"
        let rest = unwritten > 0 ? "; \(unwritten) more \(Words.were(unwritten)) not written" : ""
        return "\(dropped): the output was not read fast enough\(rest)"
    }
}

extension OutputLossReport {
    /// Reports losses of the data as notices, and in JSON also as records.
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
                let dropped = "\(Words.count(loss.events, "event")) \(Words.were(loss.events)) dropped"
                notices.say("the output is read again: \(dropped) (\(loss.bytes.inBytes))")
            }
        )
    }
}

extension ExitStatus {
    /// The status for a failed output. A reader that has gone is not an error of rwatch: the status is that of a
    /// process that was killed by SIGPIPE. `unwritten` events were on their way.
    init(_ failure: OutputFailure, unwritten: Int = 0, say: (String) -> Void = { Notices.say($0) }) {
        let rest =
            unwritten == 0 ? "" : "; \(Words.count(unwritten, "event")) \(Words.were(unwritten)) not written"
        switch failure {
        case .readerGone:
            self = .signal(SIGPIPE)
        case .failed(let code):
            say("cannot write: \(RedisSystemError(call: "write", code: code).reason)\(rest)")
            self = .outputFailed
        case .partFailed(let name, let error):
            say("cannot keep \(name): \(error)\(rest)")
            self = .outputFailed
        case .unfinished(let bytes):
            say("cannot write: \(bytes.inBytes) \(Words.were(bytes)) not taken in time\(rest)")
            self = .outputFailed
        }
    }

    /// Ends the process. A status by signal ends it by that signal, so that a shell's loop stops too. If the signal was
    /// ignored when the process began, the shell does not expect that, and only gets the number.
    package func exit() -> Never {
        if case .signal(let number) = self, number != SIGPIPE || !OutputPump.brokenPipeWasIgnored {
            ThisProcess.die(by: number)
        }
        RedisPOSIX.exit(code)
    }
}
