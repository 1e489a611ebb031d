/// Where credentials come from. A provider is asked at each connect, so that a reconnect uses the newest ones.
public protocol RedisCredentialsProvider: Sendable {
    /// The credentials for a connect that is about to happen. What it throws counts as a failed connect; it is asked
    /// again at the next.
    func credentials() async throws -> RedisCredentials
}

extension RedisCredentials: RedisCredentialsProvider {
    /// These credentials, each time.
    public func credentials() -> RedisCredentials { self }
}

/// A provider that also tells of new credentials while links live, as tokens that expire need it.
///
/// Each link listens from its start to its end. New credentials authenticate it anew with AUTH, on the same connection
/// and without a lost message. A server allows a subscriber in RESP2 no AUTH: its link is opened anew at once, with a
/// gap whose cause is `RedisDisconnect.Reason.credentialsChanged`. When the server refuses the AUTH, or the provider
/// fails, the link stays as it is and tells so with `RedisLinkEvent.authenticationFailed`; the next credentials are the
/// next try.
///
/// redis-py's `StreamingCredentialProvider` is the model: `on_next` and `on_error` are the listener's two closures, any
/// number of listeners may listen, and each of them may stop. `RedisCredentialsFeed` and `RedisTokenManager` are ready
/// to use.
public protocol RedisStreamingCredentialsProvider: RedisCredentialsProvider {
    /// Calls `listener` for each change from now on, in order, until the subscription that is returned is cancelled or
    /// let go of. What was current before is not repeated: whoever connects asks `credentials()`, and should listen
    /// first.
    func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription
}

/// What hears of new credentials. Called on any thread; it must not block.
public struct RedisCredentialsListener: Sendable {
    /// There are new credentials.
    public let onNext: @Sendable (RedisCredentials) -> Void
    /// New credentials could not be had. More may follow.
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

/// A listener's place with its provider. Letting go of it cancels it.
public final class RedisCredentialsSubscription: Sendable {
    private let action: Locked<(@Sendable () -> Void)?>

    /// A subscription that `onCancel` ends; it is called once.
    public init(onCancel: @escaping @Sendable () -> Void) { action = Locked(onCancel) }

    deinit { cancel() }

    /// Ends it. A call that is under way may still be finishing. Idempotent.
    public func cancel() { action.withLock { $0.take() }?() }
}
