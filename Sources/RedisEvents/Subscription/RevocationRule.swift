/// Decides when to subscribe again to names that the server has taken away by itself.
///
/// The first time, the name is subscribed again at once, so that little is missed, for example after a slot has moved.
/// If the server takes a name away again within a pause, the name waits for the end of the pause. Pauses double, from
/// 250 ms up to 5 s, until one passes without a revocation.
package struct RevocationRule: Sendable {
    package static let shortestPause = Duration.milliseconds(250)
    package static let longestPause = Duration.seconds(5)

    /// The names that were taken away in this pause, or subscribed again at its beginning.
    private var seen: Set<RedisGap.Name> = []
    private var waiting: Set<RedisGap.Name> = []
    private var pause = shortestPause
    private var isPausing = false

    package init() {}

    /// Notes that a name was taken away. Returns whether to subscribe again at once, and the length of the pause that
    /// begins now, if one does.
    package mutating func revoked(_ name: RedisGap.Name) -> (isAskedForAtOnce: Bool, pause: Duration?) {
        let isFirst = seen.insert(name).inserted
        if !isFirst { waiting.insert(name) }
        defer { isPausing = true }
        return (isFirst, isPausing ? nil : pause)
    }

    /// Ends a pause. Returns the names to subscribe to now, and the length of the next pause, if there is one.
    package mutating func pauseEnded() -> (names: Set<RedisGap.Name>, pause: Duration?) {
        seen = exchange(&waiting, with: [])
        isPausing = !seen.isEmpty
        pause = isPausing ? min(pause * 2, Self.longestPause) : Self.shortestPause
        return (seen, isPausing ? pause : nil)
    }

    /// Notes that the link is gone. The next link subscribes to all names. A pause goes on, so that there is never more
    /// than one.
    package mutating func linkLost() { (seen, waiting) = ([], []) }
}
