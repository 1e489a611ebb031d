/// A user and a password. They show in no description, no log and no error.
public struct RedisCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
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
