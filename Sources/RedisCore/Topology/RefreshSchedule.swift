/// Why a new shape of the cluster is requested.
package enum RefreshReason: String, Sendable, Hashable {
    /// There is no shape yet.
    case first
    /// A server replied with MOVED.
    case moved
    /// A link was lost, or could not be opened.
    case linkLost
    /// A node has another role than in the shape.
    case wrongRole
    /// A server ended a sharded subscription by itself.
    case unsubscribed
    /// The shape has no node for what is wanted.
    case noServer
    /// A caller asked for it.
    case asked
    /// The interval is over.
    case timer
}

/// Decides when a round of questions begins. Between two rounds there is a pause, however many reasons come. The pause
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

    /// The step to do at `now`. After `begin`, a round is in progress.
    mutating func step(now: ContinuousClock.Instant, hasShape: Bool, hasUnreliableReplies: Bool) -> Step {
        guard roundBegan == nil else { return .nothing }
        let isWanted = !reasons.isEmpty || isTroubled
        var due = now
        if let roundEnded {
            let isUrgent = isWanted || hasUnreliableReplies
            if !isUrgent && !hasShape { return .nothing }
            due = roundEnded.advanced(by: isUrgent ? pause : interval)
        } else if !isWanted {
            return .nothing
        }
        if due > now { return .wait(until: due) }
        // The pause grew long ago, and has nothing to do with the present reasons.
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
