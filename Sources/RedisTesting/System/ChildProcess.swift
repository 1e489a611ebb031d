import RedisPOSIX

/// A process that this one has started, until it is collected.
///
/// Signals go to its process ID only while it is not yet collected, so they can never reach a stranger that was given
/// the same number later. All members may be called from any thread.
final class ChildProcess: Sendable {
    /// Serialises "make a descriptor and mark it close-on-exec" (where the system has no call that does both) with
    /// starting a process, so that no child inherits a descriptor in between.
    static let descriptorLock = Locked<Void>(())

    let id: pid_t
    private let isCollected = Locked(false)

    init(id: pid_t) { self.id = id }

    /// Sends a signal, unless the process has been collected.
    func signal(_ number: Int32) {
        isCollected.withLock { collected in
            if !collected { _ = RedisPOSIX.kill(id, number) }
        }
    }

    /// Whether the process has ended. Does not collect it: its number stays reserved.
    var hasEnded: Bool {
        isCollected.withLock { collected in
            if collected { return true }
            var information = unsafe siginfo_t()
            while true {
                let result = unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT)
                if result == 0 { return unsafe information.si_signo == SIGCHLD }
                // ECHILD: somebody else collected it (or SIGCHLD is ignored): it is gone all the same.
                if errno != EINTR { return true }
            }
        }
    }

    /// Waits until the process has ended, without collecting it.
    ///
    /// - Returns: `false` when it still runs at the deadline.
    func waitForEnd(_ deadline: Deadline) -> Bool {
        while !hasEnded {
            if deadline.hasPassed { return false }
            sleepBlocking(milliseconds: 1)
        }
        return true
    }

    /// SIGKILL to what the process has itself started and left behind: a wrapper's server, a server's fork that saves.
    /// They are in the group that the process was started in, whose number is its own.
    private func killGroup() { isCollected.withLock { if !$0 { _ = RedisPOSIX.kill(-id, SIGKILL) } } }

    /// Collects the process (waiting for its end) and tells how it ended. The number is free for others afterwards.
    @discardableResult
    func collect() -> String {
        killGroup()
        return waitAndRelease()
    }

    private func waitAndRelease() -> String {
        isCollected.withLock { collected in
            guard !collected else { return "ended" }
            collected = true
            var status: Int32 = 0
            while unsafe waitpid(id, &status, 0) < 0 {
                if errno != EINTR { return "ended" }
            }
            // The macros WIFSIGNALED and WEXITSTATUS are not imported into Swift.
            let signal = status & 0x7f
            return signal == 0 ? "exited with status \((status >> 8) & 0xff)" : "was ended by signal \(signal)"
        }
    }

    /// Asks the process to end (SIGTERM, and SIGCONT in case it is stopped), insists with SIGKILL after `patience`,
    /// and returns when it has ended. Does not collect it.
    func terminate(patience: Duration) {
        signal(SIGTERM)
        signal(SIGCONT)
        if !waitForEnd(Deadline(after: patience)) { killAndWait() }
    }

    /// SIGKILL to the process and its group, and waits for the end (which the kernel guarantees, even for a stopped
    /// process). Does not collect.
    func killAndWait() {
        signal(SIGKILL)
        killGroup()
        // A process in an uninterruptible system call ends when that call does: bounded, not to hang a test run.
        _ = waitForEnd(Deadline(after: .seconds(10)))
    }
}

/// What the kernel says about a process, from /proc.
package enum ProcessStatus: Sendable {
    /// It runs or sleeps.
    case alive
    /// It was stopped by a signal (SIGSTOP).
    case stopped
    /// It has ended; its parent has not yet collected it.
    case zombie
    /// There is no such process.
    case absent

    /// The status of process `id` now. From any thread.
    package static func of(_ id: Int32) -> ProcessStatus {
        guard id > 0, let bytes = FileSystem.read("/proc/\(id)/stat") else { return .absent }
        // "pid (name) S ...": the name may itself contain a parenthesis, so the last one counts.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")), close + 2 < bytes.count else { return .absent }
        return switch bytes[close + 2] {
        case UInt8(ascii: "T"): .stopped
        case UInt8(ascii: "Z"), UInt8(ascii: "X"): .zombie
        default: .alive
        }
    }
}
