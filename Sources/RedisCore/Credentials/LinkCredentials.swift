/// The credentials that a link has, and those that it gets next. A plain value.
package struct LinkCredentials {
    /// The credentials with which the link is authenticated or tries to be.
    package private(set) var current: RedisCredentials?
    /// The credentials that came while the link could not use them yet.
    private var next: RedisCredentials?
    private var isAuthenticating = false
    /// Credentials whose password the server does not need.
    private var unwanted: RedisCredentials?

    package init() {}

    /// Forgets the next credentials, because the provider is asked again and its reply will be newer.
    package mutating func forgetNext() { next = nil }

    /// Notes that a connection is opened with `credentials`.
    package mutating func connect(with credentials: RedisCredentials) { current = credentials }

    /// Notes new credentials of the provider. Of several that come while a change is in progress, the last counts.
    package mutating func offer(_ credentials: RedisCredentials) {
        if !credentials.areNone { next = credentials }
    }

    /// The credentials with which a ready link has to authenticate now; `nil` when it has them already. `finish`
    /// follows.
    package mutating func begin() -> RedisCredentials? {
        guard !isAuthenticating, let credentials = next.take(), credentials != current else { return nil }
        isAuthenticating = true
        return credentials
    }

    /// Notes that the server has replied, or that the link was lost before.
    package mutating func finish(_ credentials: RedisCredentials, isAccepted: Bool) {
        isAuthenticating = false
        if isAccepted { current = credentials }
    }

    /// Notes that the server does not need the password. Returns the credentials, once for each.
    package mutating func passwordIsUnwanted() -> RedisCredentials? {
        guard let current, current != unwanted else { return nil }
        unwanted = current
        return current
    }
}
