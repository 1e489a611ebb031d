/// Who wants a session to have no connection for a while.
package enum LinkHold: Hashable, Sendable {
    /// The user, because the process is going to be stopped.
    case suspension
    /// A guard, because the link harms the server.
    case protection
    /// A discovery, because the server is another one now.
    case relocation
    /// The link itself, to be opened anew.
    case renewal
}

/// Who holds a link, and whether that has ended the attempt or the connection of now. A plain value.
package struct LinkHolds {
    private var holds: Set<LinkHold> = []
    /// Whether somebody has held the link since the last attempt began.
    package private(set) var endedAttempt = false
    private var isRelocated = false

    package init() {}

    package var isHeld: Bool { !holds.isEmpty }

    /// Adds a hold. Returns whether it is new.
    package mutating func hold(_ hold: LinkHold) -> Bool {
        guard holds.insert(hold).inserted else { return false }
        endedAttempt = true
        return true
    }

    /// Ends a hold. Returns whether there was one.
    package mutating func release(_ hold: LinkHold) -> Bool { holds.remove(hold) != nil }

    /// The server has to be looked for anew.
    package mutating func relocate() { isRelocated = true }

    /// Whether the server has to be looked for anew; the next question is about what comes after this one.
    package mutating func takeRelocation() -> Bool { exchange(&isRelocated, with: false) }

    /// A new attempt begins.
    package mutating func beginAttempt() { endedAttempt = false }
}
