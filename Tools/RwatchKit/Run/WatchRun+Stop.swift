import RedisEvents
import RedisReactor

/// What lets go of its link before the process is stopped.
struct Suspension: Sendable {
    let suspend: @Sendable () async -> Void
    let resume: @Sendable () async -> Void
}

/// How far a run is with being stopped.
enum Stopping: Equatable, Sendable {
    case running
    case suspending
    case resuming(stopsAgain: Bool)
}

extension WatchRun {
    /// Has `monitor` leave MONITOR while the process is stopped: the server would queue every command for a reader that does
    /// not read.
    func whileStopped(suspend monitor: Monitor) {
        suspensions.withLock {
            $0.append(Suspension(suspend: { await monitor.suspend() }, resume: { await monitor.resume() }))
        }
    }

    /// The same for subscriptions: the server would keep what comes up to its limit, and then hang up.
    func whileStopped(suspend pubsub: PubSub) {
        suspensions.withLock {
            $0.append(Suspension(suspend: { await pubsub.suspend() }, resume: { await pubsub.resume() }))
        }
    }

    /// The same for events of keys.
    func whileStopped(suspend keys: KeyspaceEvents) {
        suspensions.withLock {
            $0.append(Suspension(suspend: { await keys.suspend() }, resume: { await keys.resume() }))
        }
    }

    /// SIGTSTP, Ctrl-Z in a terminal: closes the links, then stops the process for whoever controls the job to see. It goes on
    /// here when SIGCONT comes.
    func stopProcess() {
        let isRunning = stopping.withLock { state in
            defer {
                switch state {
                case .running: state = .suspending
                // Asked for twice is stopped once.
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
                ThisProcess.stop()
                stopping.withLock { $0 = .resuming(stopsAgain: false) }
                for suspension in suspended { await suspension.resume() }
            } while !hasResumed()
        }
    }

    /// Whether the process may run now, or was asked to stop again while it was getting up.
    private func hasResumed() -> Bool {
        stopping.withLock { state in
            let stopsAgain = state == .resuming(stopsAgain: true)
            state = stopsAgain ? .suspending : .running
            return !stopsAgain
        }
    }
}
