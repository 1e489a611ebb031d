/// Provides credentials. It is asked at each connect, so that a reconnect uses the newest ones.
public protocol RedisCredentialsProvider: Sendable {
    /// The credentials for the next connect. An error counts as a failed connect, and the provider is asked again at
    /// the next one.
    ///
    /// - Throws: Why there are none now.
    func credentials() async throws -> RedisCredentials
}

extension RedisCredentials: RedisCredentialsProvider {
    /// Returns these credentials each time.
    public func credentials() -> RedisCredentials { self }
}

/// A provider that also sends new credentials while links are up, which tokens that expire need.
///
/// Each link listens from its start to its end. New credentials are used without losing a message: with AUTH on the
/// same connection. A subscriber in RESP2 may not send AUTH, so its link is opened anew, with a gap whose cause is
/// `.credentialsChanged`. When the server refuses the credentials, or the provider fails, the link stays as it is and
/// reports it with `RedisLinkEvent.authenticationFailed`. The next credentials are the next try.
///
/// redis-py's `StreamingCredentialProvider` is the model: `on_next` and `on_error` are the listener's two closures, any
/// number of listeners may listen, and each of them may stop. `RedisCredentialsFeed` and `RedisTokenManager` are ready
/// to use.
public protocol RedisStreamingCredentialsProvider: RedisCredentialsProvider {
    /// Calls `listener` for each change from now on, in order, until the returned subscription is cancelled or
    /// released. Earlier credentials are not repeated: whoever connects calls `credentials()`, and should subscribe
    /// before.
    func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription
}

/// Receives new credentials. Called on any thread; it must not block.
public struct RedisCredentialsListener: Sendable {
    /// There are new credentials.
    public let onNext: @Sendable (RedisCredentials) -> Void
    /// A failure to get new credentials. More credentials may follow.
    public let onError: @Sendable (any Error) -> Void

    /// A listener of two closures.
    public init(
        onNext: @escaping @Sendable (RedisCredentials) -> Void,
        onError: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.onNext = onNext
        self.onError = onError
    }
}

/// The subscription of a listener. Releasing it cancels it.
public final class RedisCredentialsSubscription: Sendable {
    private let action: Locked<(@Sendable () -> Void)?>

    /// A subscription that calls `onCancel` once when it is cancelled.
    public init(onCancel: @escaping @Sendable () -> Void) { action = Locked(onCancel) }

    deinit { cancel() }

    /// Cancels the subscription. A call of the listener that has begun may still be running. Idempotent.
    public func cancel() { action.withLock { $0.take() }?() }
}
