/// Which credentials a link has, and which it gets next. A plain value.
package struct LinkCredentials {
    /// What the link is authenticated with, or tries to be.
    package private(set) var current: RedisCredentials?
    /// What came while the link could not take it yet.
    private var next: RedisCredentials?
    private var isAuthenticating = false
    /// Credentials whose password the server had no use for.
    private var unwanted: RedisCredentials?

    package init() {}

    /// The provider is about to be asked: its answer is newer than what it has told before.
    package mutating func forgetNext() { next = nil }

    /// A connection is opened with `credentials`.
    package mutating func connect(with credentials: RedisCredentials) { current = credentials }

    /// The provider tells of new credentials. Of several that come while a change is under way, the last counts.
    package mutating func offer(_ credentials: RedisCredentials) {
        if !credentials.areNone { next = credentials }
    }

    /// What to authenticate a ready link with now: credentials that it does not have yet. `finish` follows.
    package mutating func begin() -> RedisCredentials? {
        guard !isAuthenticating, let credentials = next.take(), credentials != current else { return nil }
        isAuthenticating = true
        return credentials
    }

    /// The server has answered, or the link was lost before.
    package mutating func finish(_ credentials: RedisCredentials, isAccepted: Bool) {
        isAuthenticating = false
        if isAccepted { current = credentials }
    }

    /// The server had no use for the password. Returns whose it was, once for each.
    package mutating func passwordIsUnwanted() -> RedisCredentials? {
        guard let current, current != unwanted else { return nil }
        unwanted = current
        return current
    }
}
