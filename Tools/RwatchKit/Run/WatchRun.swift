import POSIX
package import Reactor
package import RedisCore

/// One run of a watching command, from the first connect to the exit status: signals, limits, output, the order in which
/// things end.
package final class WatchRun: Sendable {
    enum Outcome: Sendable {
        case countReached
        case timeOver
        case signal(Int32)
        case output(OutputFailure)
        case failed(RedisError)
        case ended
    }

    /// The loop that everything of the run shares, so that events of several links keep their order.
    package let loop: EventLoop
    let pump: OutputPump
    /// Standard error, by way of a thread: the loop must not wait for whoever reads it.
    private let notices: OutputPump
    let counter: EventCounter
    private let limits: WatchLimits
    private let outcome = Answer<Outcome>()
    private let endings = Locked<[@Sendable () async -> Void]>([])

    let suspensions = Locked<[Suspension]>([])
    let stopping = Locked(Stopping.running)

    /// Prepares the run. Throws when the system has no descriptor or thread left.
    package init(limits: WatchLimits) throws(RedisError) {
        OutputPump.ignoreBrokenPipeSignal()
        self.limits = limits
        counter = EventCounter(limit: limits.count)
        do throws(SystemError) { loop = try .shared } catch { throw .system(error) }
        do {
            pump = try OutputPump { [outcome] in outcome.give(.success(.output($0))) }
            notices = try OutputPump(descriptor: 2, limit: 64 << 10, policy: .drop)
        } catch { throw RedisError(.systemFailure, "no descriptor or thread is left for the output") }
    }

    /// What has to be done at the end, the latest first.
    package func atEnd(_ body: @escaping @Sendable () async -> Void) { endings.withLock { $0.append(body) } }

    /// Writes `rwatch: …` to standard error, without waiting; when nobody reads there, it is dropped.
    func say(_ text: String) { _ = notices.submit(chunk: Array(Notices.line(text).utf8), events: 0) }

    /// Ends the run.
    func end(_ outcome: Outcome) { self.outcome.give(.success(outcome)) }

    /// Lets `start` begin the watch, waits for its end, and returns the status. A status by signal is for `exit(with:)`.
    package func run(_ start: @escaping @Sendable () async throws(RedisError) -> Void) async -> ExitStatus {
        let signals = SignalWatch(on: loop)
        try? await signals.start([SIGINT, SIGTERM, SIGHUP, SIGTSTP]) { number in
            if number == SIGTSTP { return self.stopProcess() }
            // The second one does not wait for anything.
            if self.hasEnded.withLock({ exchange(&$0, with: true) }) { ThisProcess.die(by: number) }
            self.end(.signal(number))
        }
        let starting = Task {
            do throws(RedisError) {
                try await start()
                self.startClock()
            } catch { self.end(.failed(error)) }
        }
        let outcome = (try? await outcome.value()) ?? .ended
        starting.cancel()
        for ending in endings.withLock({ exchange(&$0, with: []) }).reversed() { await ending() }
        let status = status(of: outcome)
        _ = notices.finish(deadline: .seconds(1))
        await signals.stop()
        return status
    }

    private let hasEnded = Locked(false)

    private func startClock() {
        guard let duration = limits.duration else { return }
        _ = ScheduledCall(after: duration, on: loop) { self.end(.timeOver) }
    }

    private func status(of outcome: Outcome) -> ExitStatus {
        // A reader that does not read must not hold up the end for long.
        let failure = pump.finish(deadline: .seconds(5))
        if case .output(let failure) = outcome { return ExitStatus(failure, say: say) }
        if let failure { return ExitStatus(failure, say: say) }
        switch outcome {
        case .countReached, .ended, .output: return .success
        case .timeOver: return limits.count == nil ? .success : .conditionUnmet
        case .signal(let number): return .signal(number)
        case .failed(let error):
            say("\(error)")
            return ExitStatus(error)
        }
    }
}

extension ExitStatus {
    /// The end that a failed output means. A reader that went away is no failure of ours: the status is that of a process
    /// which was killed by SIGPIPE.
    init(_ failure: OutputFailure, say: (String) -> Void = Notices.say) {
        switch failure {
        case .readerGone:
            self = .signal(SIGPIPE)
        case .failed(let code):
            say("cannot write: \(SystemError(call: "write", code: code).reason)")
            self = .outputFailed
        case .unfinished(let bytes):
            say("cannot write: \(bytes) bytes were not taken in time")
            self = .outputFailed
        }
    }

    /// Ends the process. A status by signal is an end by that signal, so that a shell's loop stops too.
    package func exit() -> Never {
        if case .signal(let number) = self { ThisProcess.die(by: number) }
        Glibc.exit(code)
    }
}
