/// A user and a password. They show in no description, no log and no error.
public struct RedisCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The ACL user (Redis 6.0); `nil` or empty means the default user.
    public var username: String?
    /// The password, or the token.
    public var password: String

    /// Creates credentials.
    public init(username: String? = nil, password: String) {
        self.username = username
        self.password = password
    }

    /// A fixed text.
    public var description: String { "RedisCredentials(redacted)" }

    /// A fixed text.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where credentials come from. A provider is asked at each connect, so that a reconnect uses the newest ones.
public protocol CredentialsProvider: Sendable {
    /// The credentials for a connect that is about to happen. What it throws counts as a failed connect; it is asked again
    /// at the next.
    func credentials() async throws -> RedisCredentials
}

extension RedisCredentials: CredentialsProvider {
    /// These credentials, each time.
    public func credentials() -> RedisCredentials { self }
}
