/// Reasons for which a session must have no connection for a while.
package enum LinkHold: Hashable, Sendable {
    /// The user, because the process is going to be stopped.
    case suspension
    /// A guard, because the link harms the server.
    case protection
    /// A discovery, because the link has to go to another server now.
    case relocation
    /// The link itself, which has to be opened anew.
    case renewal
}

/// The holds of a link, and whether they have ended the current attempt or connection. A plain value.
package struct LinkHolds {
    private var holds: Set<LinkHold> = []
    /// Whether there was a hold since the last attempt began.
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

    /// Notes that the server has to be located again.
    package mutating func relocate() { isRelocated = true }

    /// Whether the server has to be located again. The call resets this.
    package mutating func takeRelocation() -> Bool { exchange(&isRelocated, with: false) }

    /// Begins a new attempt.
    package mutating func beginAttempt() { endedAttempt = false }
}
