/// Why the shape of a cluster is asked for anew.
package enum RefreshReason: String, Sendable, Hashable {
    /// There is none yet.
    case first
    /// A server answered MOVED.
    case moved
    /// A link was lost, or did not come about.
    case linkLost
    /// A node has another role than the shape says.
    case wrongRole
    /// A server ended a sharded subscription by itself.
    case unsubscribed
    /// The shape has no node for what is wanted.
    case noServer
    /// Somebody wants to know.
    case asked
    /// Nothing has called for it for a while.
    case timer
}

/// Decides when there is a round of questions: between two of them there is a pause, however many reasons come, which
/// grows while the rounds bring nothing new. A plain value.
package struct RefreshSchedule: Sendable {
    package enum Step: Hashable, Sendable {
        case begin
        case wait(until: ContinuousClock.Instant)
        case nothing
    }

    package static let shortestPause = Duration.milliseconds(100)
    package static let longestPause = Duration.seconds(1)

    package var reasons: Set<RefreshReason> = []
    package var isTroubled = false
    package private(set) var roundBegan: ContinuousClock.Instant?
    package private(set) var lastRoundBegan: ContinuousClock.Instant?
    private let interval: Duration
    private var pause = shortestPause
    private var roundEnded: ContinuousClock.Instant?

    init(interval: Duration) { self.interval = interval }

    /// What is to be done at `now`. After `begin` a round is under way.
    mutating func step(now: ContinuousClock.Instant, hasShape: Bool, isInDoubt: Bool) -> Step {
        guard roundBegan == nil else { return .nothing }
        let isWanted = !reasons.isEmpty || isTroubled
        var due = now
        if let roundEnded {
            let isUrgent = isWanted || isInDoubt
            if !isUrgent && !hasShape { return .nothing }
            due = roundEnded.advanced(by: isUrgent ? pause : interval)
        } else if !isWanted {
            return .nothing
        }
        if due > now { return .wait(until: due) }
        // What grew long ago has nothing to do with what happens now.
        if let roundEnded, roundEnded.duration(to: now) > Self.longestPause * 2 { pause = Self.shortestPause }
        roundBegan = now
        reasons = []
        return .begin
    }

    mutating func roundIsOver(now: ContinuousClock.Instant, hasChanged: Bool) {
        pause = hasChanged ? Self.shortestPause : min(pause * 2, Self.longestPause)
        lastRoundBegan = roundBegan
        roundBegan = nil
        roundEnded = now
    }
}
