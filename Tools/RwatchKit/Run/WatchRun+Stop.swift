package import RedisEvents
import RedisReactor

/// An object that closes its link before the process is stopped.
struct Suspension: Sendable {
    let suspend: @Sendable () async -> Void
    let resume: @Sendable () async -> Void
}

/// The progress of stopping the process.
enum Stopping: Equatable, Sendable {
    case running
    case suspending
    case resuming(stopsAgain: Bool)
}

extension WatchRun {
    /// Makes `monitor` end MONITOR while the process is stopped. Otherwise the server would buffer every command for a
    /// process that does not read.
    package func whileStopped(suspend monitor: MonitorPauses) {
        suspensions.withLock {
            $0.append(
                Suspension(
                    suspend: { await monitor.pause(for: .stop) },
                    resume: { await monitor.resume(after: .stop) }
                )
            )
        }
    }

    /// Has something closed and opened again, in the order of these calls.
    func whileStopped(suspend suspension: Suspension) { suspensions.withLock { $0.append(suspension) } }

    /// Closes the link of subscriptions while the process is stopped. Otherwise the server would buffer messages up to
    /// its limit and then close the link.
    package func whileStopped(suspend pubsub: PubSub) {
        suspensions.withLock {
            $0.append(Suspension(suspend: { await pubsub.suspend() }, resume: { await pubsub.resume() }))
        }
    }

    /// Closes the link of key events while the process is stopped.
    package func whileStopped(suspend keys: KeyspaceEvents) {
        suspensions.withLock {
            $0.append(Suspension(suspend: { await keys.suspend() }, resume: { await keys.resume() }))
        }
    }

    /// Handles SIGTSTP, Ctrl-Z in a terminal: closes the links, then stops the process, which the shell notices.
    /// Execution continues here after SIGCONT.
    func stopProcess() {
        let isRunning = stopping.withLock { state in
            defer {
                switch state {
                case .running: state = .suspending
                // Several requests stop the process once.
                case .suspending: break
                case .resuming: state = .resuming(stopsAgain: true)
                }
            }
            return state == .running
        }
        guard isRunning else { return }
        Task {
            let suspended = suspensions.withLock { $0 }
            repeat {
                for suspension in suspended { await suspension.suspend() }
                // Before the stop, because a request may come as soon as the process is continued.
                stopping.withLock { $0 = .resuming(stopsAgain: false) }
                ThisProcess.stop()
                for suspension in suspended { await suspension.resume() }
            } while !hasResumed()
        }
    }

    /// Whether the process may run now; `false` if it has to stop again.
    private func hasResumed() -> Bool {
        stopping.withLock { state in
            let stopsAgain = state == .resuming(stopsAgain: true)
            state = stopsAgain ? .suspending : .running
            return !stopsAgain
        }
    }
}
