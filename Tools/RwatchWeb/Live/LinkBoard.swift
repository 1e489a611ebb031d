import RedisCore
import RedisReactor

/// The state of each link, as its events tell it. A plain value.
package struct LinkBoard: Sendable {
    package enum State: String, Sendable {
        case up
        case lost
        case ended
    }

    package struct Link: Sendable, Equatable {
        /// What comes over it: `monitor`, `sub` or `keys`.
        package var source: String
        package var node: String
        package var state: State
        /// Since when, in microseconds since the epoch.
        package var since: Int64
        /// How often it was lost.
        package var losses: Int
        /// Why it was lost the last time.
        package var cause: String

        package init(source: String, node: String, state: State, since: Int64, losses: Int = 0, cause: String = "") {
            self.source = source
            self.node = node
            self.state = state
            self.since = since
            self.losses = losses
            self.cause = cause
        }
    }

    /// More links than this have no row: a cluster may have many nodes over time.
    private static let most = 512

    package private(set) var links: [Link] = []

    package init() {}

    /// A link is established.
    package mutating func isUp(_ source: String, _ node: String, at time: Int64) {
        guard let index = index(source, node) else { return }
        if links[index].state != .up { links[index].since = time }
        links[index].state = .up
    }

    /// A link was lost.
    package mutating func isLost(_ source: String, _ node: String, _ cause: String, at time: Int64) {
        guard let index = index(source, node) else { return }
        if links[index].state == .up { links[index].losses += 1 }
        if links[index].state != .lost { links[index].since = time }
        links[index].state = .lost
        links[index].cause = cause
    }

    /// A stream has ended, with all its links.
    package mutating func hasEnded(_ source: String, _ cause: String, at time: Int64) {
        for index in links.indices where links[index].source == source {
            links[index].state = .ended
            links[index].since = time
            links[index].cause = cause
        }
    }

    private mutating func index(_ source: String, _ node: String) -> Int? {
        if let index = links.firstIndex(where: { $0.source == source && $0.node == node }) { return index }
        guard links.count < Self.most else { return nil }
        links.append(Link(source: source, node: node, state: .lost, since: 0))
        return links.count - 1
    }
}
