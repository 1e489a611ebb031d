/// When names are asked for again that the server takes away by itself.
///
/// The first time at once, so that little is missed: a slot has moved, for instance. Where the server takes a name away
/// again within a pause, the name waits for the end of the pause; pauses double, from 250 ms up to 5 s, until one
/// passes without that.
package struct RevocationRule: Sendable {
    package static let shortestPause = Duration.milliseconds(250)
    package static let longestPause = Duration.seconds(5)

    /// Taken away in this pause, or asked for at its beginning.
    private var seen: Set<RedisGap.Name> = []
    private var waiting: Set<RedisGap.Name> = []
    private var pause = shortestPause
    private var isPausing = false

    package init() {}

    /// A name was taken away. Returns whether it may be asked for at once, and the length of the pause that begins now,
    /// if one does.
    package mutating func revoked(_ name: RedisGap.Name) -> (isAskedForAtOnce: Bool, pause: Duration?) {
        let isFirst = seen.insert(name).inserted
        if !isFirst { waiting.insert(name) }
        defer { isPausing = true }
        return (isFirst, isPausing ? nil : pause)
    }

    /// A pause is over. Returns the names that may be asked for now, and the length of the next pause, if there is one.
    package mutating func pauseEnded() -> (names: Set<RedisGap.Name>, pause: Duration?) {
        seen = exchange(&waiting, with: [])
        isPausing = !seen.isEmpty
        pause = isPausing ? min(pause * 2, Self.longestPause) : Self.shortestPause
        return (seen, isPausing ? pause : nil)
    }

    /// The link is gone; the next one asks for all names. A pause goes on, so that there is never more than one.
    package mutating func linkLost() { (seen, waiting) = ([], []) }
}
