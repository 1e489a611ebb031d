/// Decides whether and when a failed command is tried again. A plain value: time and random numbers are passed in.
///
/// What surely did not run is tried again for as long as the deadline allows. What may have run is tried again only if
/// the policy admits the command's class, and only so often.
package struct RetryLadder {
    let policy: RedisRetryPolicy
    /// Whether commands wait while there is no link, so that a link that was lost is no reason to give up.
    let waitsForLink: Bool
    /// Whether a server that became a replica is replaced by another, so that READONLY passes.
    let findsPrimary: Bool
    let deadline: ContinuousClock.Instant?
    private var refusals = 0
    private var losses = 0

    package init(_ configuration: RedisConfiguration, deadline: ContinuousClock.Instant?) {
        policy = configuration.commands.retry
        waitsForLink = configuration.commands.whileDisconnected == .wait
        findsPrimary = configuration.sentinel != nil
        self.deadline = deadline
    }

    /// How long to wait before the next attempt.
    ///
    /// - Parameters:
    ///   - error: Why the last attempt failed.
    ///   - kind: The class of the command; of several, the highest.
    ///   - now: The time.
    ///   - random: A number from 0 to 1.
    /// - Returns: The pause; `nil` if there is no other attempt.
    package mutating func pause(
        after error: RedisError,
        of kind: RedisCommandClass,
        at now: ContinuousClock.Instant,
        random: Double
    ) -> Duration? {
        let pause: Duration
        switch error.execution {
        case .notExecuted where mayPass(error):
            refusals += 1
            pause = self.pause(refusals, random)
        // An attempt before may have run, and this one was refused.
        case .unknown where error.isAnswer && mayPass(error) && kind.isWithin(policy.limit):
            refusals += 1
            pause = self.pause(refusals, random)
        case .unknown where error.code == .connectionLost && kind.isWithin(policy.limit):
            losses += 1
            guard losses < policy.attempts else { return nil }
            pause = self.pause(losses, random)
        default: return nil
        }
        if let deadline, now.advanced(by: pause) >= deadline { return nil }
        return pause
    }

    /// Whether the reason why a command was not executed may be gone soon.
    private func mayPass(_ error: RedisError) -> Bool {
        if error.isTransient { return true }
        if error.serverPrefix == "READONLY" { return findsPrimary }
        return error.code == .connectionLost && waitsForLink
    }

    /// The pause doubles with each attempt, and is anywhere between nothing and that (full jitter), so that many
    /// callers do not come back at once.
    private func pause(_ count: Int, _ random: Double) -> Duration {
        let longest = policy.minimumPause * (1 << min(count - 1, 20))
        return min(longest, policy.maximumPause) * random
    }
}

extension RetryLadder {
    /// Counts the attempts of several commands that are sent together: each count is the highest of any of them.
    package mutating func merge(_ other: RetryLadder) {
        refusals = max(refusals, other.refusals)
        losses = max(losses, other.losses)
    }
}

extension RedisError {
    /// The error of an attempt that came after another: one that may have run decides about the whole.
    func after(_ former: RedisError) -> RedisError {
        former.execution == .unknown && execution == .notExecuted ? with(.unknown) : self
    }
}

extension RedisCommandClass {
    /// Whether a policy with this limit lets the command run twice.
    func isWithin(_ limit: RedisRetryPolicy.Limit) -> Bool {
        switch limit {
        case .never: false
        case .readOnly: self <= .readOnly
        case .checked: self <= .checked
        case .lastWriteWins: self <= .lastWriteWins
        }
    }
}
