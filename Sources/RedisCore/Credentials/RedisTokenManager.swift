/// Keeps a token fresh: asks for a new one before the old one expires, and gives it to all links that use this
/// provider.
///
/// ```swift
/// let tokens = try RedisTokenManager {
///     RedisAccessToken(try await identity.token(), username: "app", lifetime: .seconds(3600))
/// }
/// configuration.credentials = tokens
/// ```
///
/// It starts with the first connect, or with `start`, and ends with `stop` or when it is let go of. Who gives the
/// tokens is the closure's concern: this library knows no vendor.
///
/// redis-py's `RedisTokenManager` is the model, with the same rule for when to renew. Other than there, a renewal that
/// failed is followed by further ones, the time for a request is enforced, and any number of listeners may listen.
public final class RedisTokenManager: RedisStreamingCredentialsProvider, CustomReflectable {
    private let renewal: TokenRenewal
    private let worker = Locked<Task<Void, Never>?>(nil)

    /// Prepares a manager; nothing is asked for yet.
    ///
    /// - Parameters:
    ///   - policy: When to renew.
    ///   - request: Asks for a new token. One call at a time, away from the loop. What it throws, an expired token, and
    ///     an answer that takes too long are failed requests; a closure that does not heed its task's cancellation may
    ///     then still be running when the next begins.
    /// - Throws: `.invalidConfiguration`, naming what cannot work.
    public init(
        policy: RedisTokenPolicy = RedisTokenPolicy(),
        request: @escaping @Sendable () async throws -> RedisAccessToken
    ) throws(RedisError) {
        try policy.validate()
        renewal = TokenRenewal(policy, request)
    }

    deinit { worker.withLock { $0.take() }?.cancel() }

    /// Begins to ask for tokens, unless that was begun before. May be called again after `stop`.
    public func start() {
        worker.withLock { worker in
            guard worker == nil else { return }
            renewal.open()
            worker = Task.detached { [renewal] in await renewal.run() }
        }
    }

    /// Ends it and returns when no task or timer of it is left, but for a request that does not heed its cancellation.
    /// The listeners stay. Idempotent.
    public func stop() async {
        let ended = worker.withLock { $0.take() }
        ended?.cancel()
        renewal.close()
        await ended?.value
    }

    /// The current token, as credentials. Waits for the first one, and for the next when the current one has expired.
    ///
    /// - Throws: Why no token could be had, when the retries are used up; `.closed` after `stop`; `.cancelled`.
    public func credentials() async throws -> RedisCredentials {
        if !renewal.isClosed { start() }
        return try await renewal.credentials()
    }

    /// Calls `listener` for each token from now on, the first one too if it has not come yet, and when one could not be
    /// had.
    public func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription {
        renewal.listeners.add(listener)
    }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// When a `RedisTokenManager` renews a token, and how it goes about it.
public struct RedisTokenPolicy: Sendable, Hashable {
    /// A token is renewed when this part of its life is over. The default is 0.8.
    public var expirationRefreshRatio: Double
    /// A token is renewed no later than this long before it expires, whatever the ratio says. The default is zero.
    public var lowerRefreshBound: Duration
    /// How long one request may take. It is cancelled then, and counts as failed. The default is 10 s.
    public var requestTimeout: Duration
    /// How often a request that failed is repeated before listeners are told. The default is 3.
    public var retries: Int
    /// The pause before such a repetition, and the shortest there is between requests. When listeners were told, the
    /// pauses double up to a minute; the manager never ends trying by itself. The default is 1 s.
    public var retryDelay: Duration

    /// Creates a policy; each value has the default that its property names.
    public init(
        expirationRefreshRatio: Double = 0.8,
        lowerRefreshBound: Duration = .zero,
        requestTimeout: Duration = .seconds(10),
        retries: Int = 3,
        retryDelay: Duration = .seconds(1)
    ) {
        self.expirationRefreshRatio = expirationRefreshRatio
        self.lowerRefreshBound = lowerRefreshBound
        self.requestTimeout = requestTimeout
        self.retries = retries
        self.retryDelay = retryDelay
    }

    func validate() throws(RedisError) {
        func check(_ isValid: Bool, _ complaint: @autoclosure () -> String) throws(RedisError) {
            if !isValid { throw RedisError(.invalidConfiguration, complaint()) }
        }
        try check(
            expirationRefreshRatio > 0 && expirationRefreshRatio <= 1,
            "expirationRefreshRatio \(expirationRefreshRatio) is not above 0 and at most 1"
        )
        try check(lowerRefreshBound >= .zero, "lowerRefreshBound \(lowerRefreshBound) is negative")
        try check(requestTimeout > .zero, "requestTimeout \(requestTimeout) is not positive")
        try check(retries >= 0, "retries \(retries) is negative")
        try check(retryDelay > .zero, "retryDelay \(retryDelay) is not positive")
    }
}
