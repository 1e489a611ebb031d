/// Credentials that the program itself changes: whoever learns of a new password says so here, and all links follow.
///
/// ```swift
/// let feed = CredentialsFeed(RedisCredentials(username: "app", password: first))
/// configuration.credentials = feed
/// feed.send(RedisCredentials(username: "app", password: second))
/// ```
public final class RedisCredentialsFeed: RedisStreamingCredentialsProvider, CustomReflectable {
    private let current: Locked<RedisCredentials>
    private let listeners = CredentialsListeners()
    /// Held while listeners are called, so that all hear everything in one order.
    private let order = Locked(())

    /// A feed that begins with `current`.
    public init(_ current: RedisCredentials) { self.current = Locked(current) }

    /// What was sent last.
    public func credentials() -> RedisCredentials { current.withLock { $0 } }

    /// Calls `listener` for what is sent from now on, on the sender's thread. A listener must not send.
    public func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription {
        listeners.add(listener)
    }

    /// Gives all listeners new credentials, and every connect from now on.
    public func send(_ credentials: RedisCredentials) {
        order.withLock { _ in
            current.withLock { $0 = credentials }
            for listener in listeners.all { listener.onNext(credentials) }
        }
    }

    /// Tells all listeners that new credentials could not be had. The current ones stay.
    public func send(failure: any Error) {
        order.withLock { _ in
            for listener in listeners.all { listener.onError(failure) }
        }
    }

    /// How many listen.
    package var listenerCount: Int { listeners.count }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
