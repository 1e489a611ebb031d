/// When names are asked for anew that the server takes away by itself.
///
/// The first time at once, so that little is missed: a slot has moved, for instance. Where the server does it again within a
/// rest, the end of the rest is waited for; rests double, from 250 ms up to 5 s, until one passes without that.
package struct RevocationRule: Sendable {
    package static let shortestRest = Duration.milliseconds(250)
    package static let longestRest = Duration.seconds(5)

    /// Taken away in this rest, or asked for at its beginning.
    private var seen: Set<RedisGap.Name> = []
    private var waiting: Set<RedisGap.Name> = []
    private var rest = shortestRest
    private var isResting = false

    package init() {}

    /// A name was taken away. Returns whether it may be asked for at once, and how long the rest takes that begins now, if one
    /// does.
    package mutating func revoked(_ name: RedisGap.Name) -> (isAskedForAtOnce: Bool, rest: Duration?) {
        let isFirst = seen.insert(name).inserted
        if !isFirst { waiting.insert(name) }
        defer { isResting = true }
        return (isFirst, isResting ? nil : rest)
    }

    /// A rest is over. Returns the names that may be asked for now, and how long the next rest takes, if there is one.
    package mutating func rested() -> (names: Set<RedisGap.Name>, rest: Duration?) {
        seen = exchange(&waiting, with: [])
        isResting = !seen.isEmpty
        rest = isResting ? min(rest * 2, Self.longestRest) : Self.shortestRest
        return (seen, isResting ? rest : nil)
    }

    /// The link is gone; the next one asks for all names. A rest goes on, so that there is never more than one.
    package mutating func linkLost() { (seen, waiting) = ([], []) }
}
