import RedisPOSIX

/// An object that closes its link before the process is stopped.
struct Suspension: Sendable {
    let suspend: @Sendable () async -> Void
    let resume: @Sendable () async -> Void
}

/// What is closed while the process is stopped, as Ctrl-Z in a terminal stops it.
///
/// Otherwise the server would buffer for a process that does not read: every command for a monitor, and messages up to
/// its limit, above which it closes the link.
final class ProcessStops: Sendable {
    private enum Progress: Equatable {
        case running
        case suspending
        case resuming(stopsAgain: Bool)
    }

    private let suspensions = Locked<[Suspension]>([])
    private let progress = Locked(Progress.running)

    /// Has something closed before a stop and opened again behind it, in the order of these calls.
    func add(_ suspension: Suspension) { suspensions.withLock { $0.append(suspension) } }

    /// Handles SIGTSTP: closes everything, then stops the process, which the shell notices. Execution continues here
    /// after SIGCONT.
    func stop() {
        let isRunning = progress.withLock { state in
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
                progress.withLock { $0 = .resuming(stopsAgain: false) }
                ThisProcess.stop()
                for suspension in suspended { await suspension.resume() }
            } while !hasResumed()
        }
    }

    /// Whether the process may run now; `false` if it has to stop again.
    private func hasResumed() -> Bool {
        progress.withLock { state in
            let stopsAgain = state == .resuming(stopsAgain: true)
            state = stopsAgain ? .suspending : .running
            return !stopsAgain
        }
    }
}
