/// A user and a password. Neither appears in any description, log line or error.
///
/// An empty password of the default user means no authentication. An empty password of another user is sent, because
/// such a user may need none (`nopass`).
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

    /// Whether there is nothing to authenticate with.
    package var areNone: Bool { password.isEmpty && isOfDefaultUser }

    /// A fixed text.
    public var description: String { "RedisCredentials(redacted)" }

    /// A fixed text.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
