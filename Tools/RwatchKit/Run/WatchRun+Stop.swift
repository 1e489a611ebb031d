import Reactor
import RedisEvents

/// What lets go of its link before the process is stopped.
struct Suspension: Sendable {
    let suspend: @Sendable () async -> Void
    let resume: @Sendable () async -> Void
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

    /// SIGTSTP, Ctrl-Z in a terminal: closes the links, then stops the process for whoever controls the job to see. It goes on
    /// here when SIGCONT comes.
    func stopProcess() {
        guard !isStopping.withLock({ exchange(&$0, with: true) }) else { return }
        Task {
            let suspended = suspensions.withLock { $0 }
            for suspension in suspended { await suspension.suspend() }
            ThisProcess.stop()
            for suspension in suspended { await suspension.resume() }
            isStopping.withLock { $0 = false }
        }
    }
}
