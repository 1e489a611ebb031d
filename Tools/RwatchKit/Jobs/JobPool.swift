import RedisPOSIX
package import RedisReactor

/// Runs commands beside each other, so many at once, each on a thread that gives it its input and waits for its end.
package final class JobPool: Sendable {
    private struct State {
        var started = 0
        var failed = 0
        /// How the last failure is told.
        var lastFailure = ""
        /// The events that no command got.
        var left = 0
        var isEnding = false
        /// Has all commands in its group; `nil` before the first.
        var watchdog: JobGuard?
    }

    /// How long commands have between SIGTERM and SIGKILL.
    private static let patience = Duration.seconds(5)

    let settings: JobSettings
    private let say: @Sendable (String) -> Void
    private let state = Locked(State())
    /// A token for each place that is free.
    private let places: WakePipe

    /// A pool in which nothing runs yet.
    ///
    /// - Parameters:
    ///   - settings: The command, and how many may run at once.
    ///   - say: Tells people what went wrong, without waiting.
    /// - Throws: When the system has no descriptors left.
    package init(_ settings: JobSettings, say: @escaping @Sendable (String) -> Void) throws(RedisSystemError) {
        self.settings = settings
        self.say = say
        places = try WakePipe()
        places.signal(settings.places)
    }

    /// What has become of the commands.
    package struct Outcome: Sendable, Equatable {
        package var started = 0
        package var failed = 0
        package var lastFailure = ""
        package var left = 0
    }

    /// What has become of the commands so far.
    package var outcome: Outcome {
        state.withLock { state in
            Outcome(started: state.started, failed: state.failed, lastFailure: state.lastFailure, left: state.left)
        }
    }

    /// Starts a command as soon as there is a place for it.
    ///
    /// - Parameters:
    ///   - job: Its variables and its input.
    ///   - events: How many events it gets.
    package func run(_ job: JobRecord, events: Int = 1) {
        _ = places.wait()
        let isEnding = state.withLock { state in
            if state.isEnding { state.left += events } else { state.started += 1 }
            return state.isEnding
        }
        guard !isEnding else { return places.signal() }
        do throws(RedisSystemError) {
            // Its thread lets go of it by itself.
            _ = try PlainThread.start(name: "rwatch-job") {
                self.execute(job)
                self.places.signal()
            }
        } catch {
            // Without a thread the caller does the work itself.
            execute(job)
            places.signal()
        }
    }

    private func execute(_ job: JobRecord) {
        let process: ShellProcess
        do throws(RedisSystemError) { process = try start(job) } catch {
            return failed("it could not be started: \(error)")
        }
        // Who was started while all were told to end has not heard that.
        if state.withLock({ $0.isEnding }) { state.withLock { $0.watchdog }?.signal(SIGTERM) }
        // A command that does not read all of its input is not wrong for that.
        process.write(job.input)
        process.closeInput()
        let status = process.waitForEnd()
        // What was told to end is no failure.
        if status != 0, !state.withLock({ $0.isEnding }) { failed("it ended with status \(status)") }
    }

    private func start(_ job: JobRecord) throws(RedisSystemError) -> ShellProcess {
        do throws(RedisSystemError) { return try startInGroup(job) } catch {
            // The group of a guard that somebody has ended is gone, and another guard takes its place.
            guard error.code == EPERM else { throw error }
            state.withLock { $0.watchdog = nil }
            return try startInGroup(job)
        }
    }

    private func startInGroup(_ job: JobRecord) throws(RedisSystemError) -> ShellProcess {
        let watchdog = try state.withLock { (state) throws(RedisSystemError) in
            if let watchdog = state.watchdog { return watchdog }
            let watchdog = try JobGuard()
            state.watchdog = watchdog
            return watchdog
        }
        return try ShellProcess(
            settings.command,
            variables: job.variables,
            without: JobVariables.names,
            in: watchdog.group,
            output: .inherited
        )
    }

    private func failed(_ text: String) {
        let isFirst = state.withLock { state in
            state.failed += 1
            state.lastFailure = text
            return state.failed == 1
        }
        if isFirst { say("a command of \(settings.option) failed: \(text)") }
    }

    /// Ends all commands, and starts none any more. Returns at once.
    package func terminate() { end(SIGTERM) }

    /// Ends all commands at once.
    package func kill() { end(SIGKILL) }

    private func end(_ signal: Int32) {
        let watchdog = state.withLock { state in
            state.isEnding = true
            return state.watchdog
        }
        watchdog?.signal(signal)
    }

    /// Waits until all commands have ended. If they are to end, they have a few seconds for it.
    package func finish() {
        var deadline: ContinuousClock.Instant?
        var taken = 0
        while taken < settings.places {
            if deadline == nil, state.withLock({ $0.isEnding }) { deadline = .now.advanced(by: Self.patience) }
            // Whoever has to end meanwhile is noticed within a second.
            let next = ContinuousClock.now.advanced(by: .seconds(1))
            let isLate = deadline.map { $0 <= .now } ?? false
            if places.wait(until: isLate ? next : min(deadline ?? next, next)) {
                taken += 1
            } else if let deadline, deadline <= .now {
                kill()
            }
        }
        places.signal(taken)
        state.withLock { $0.watchdog.take() }?.finish()
    }
}

extension JobSettings {
    /// The option that asked for it.
    var option: String {
        switch unit {
        case .event: "--exec"
        case .batch: "--exec-batch"
        }
    }
}
