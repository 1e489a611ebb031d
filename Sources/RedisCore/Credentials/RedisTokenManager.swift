/// Keeps a token valid: requests a new one before the old one expires, and passes it to all links that use this
/// provider.
///
/// ```swift
/// let tokens = try RedisTokenManager {
///     RedisAccessToken(try await identity.token(), username: "app", lifetime: .seconds(3600))
/// }
/// configuration.credentials = tokens
/// ```
///
/// It starts with the first connect, or with `start`, and ends with `stop` or when it is released. The closure decides
/// where tokens come from: this library knows no vendor.
///
/// redis-py's `RedisTokenManager` is the model, with the same rule for when to renew. The differences: a renewal that
/// failed is repeated, the time limit of a request is enforced, and there may be any number of listeners.
public final class RedisTokenManager: RedisStreamingCredentialsProvider, CustomReflectable {
    private let renewal: TokenRenewal
    private let worker = Locked<Task<Void, Never>?>(nil)

    /// Prepares a manager; nothing is asked for yet.
    ///
    /// - Parameters:
    ///   - policy: When to renew.
    ///   - request: Requests a new token. One call at a time, not on the loop. An error, an expired token and a reply
    ///     that takes too long are failed requests. A closure that ignores its task's cancellation may still be running
    ///     when the next call begins.
    /// - Throws: `.invalidConfiguration`, with a text that names the value that cannot work.
    public init(
        policy: RedisTokenPolicy = RedisTokenPolicy(),
        request: @escaping @Sendable () async throws -> RedisAccessToken
    ) throws(RedisError) {
        try policy.validate()
        renewal = TokenRenewal(policy, request)
    }

    deinit { worker.withLock { $0.take() }?.cancel() }

    /// Starts requesting tokens, unless that has started before. May be called again after `stop`.
    public func start() {
        worker.withLock { worker in
            guard worker == nil else { return }
            renewal.open()
            worker = Task.detached { [renewal] in await renewal.run() }
        }
    }

    /// Stops, and returns when no task or timer is left, except for a request that ignores its cancellation. The
    /// listeners stay subscribed. Idempotent.
    public func stop() async {
        let ended = worker.withLock { $0.take() }
        ended?.cancel()
        renewal.close()
        await ended?.value
    }

    /// The current token, as credentials. Waits for the first token, and for the next one when the current one has
    /// expired.
    ///
    /// - Throws: The error of the last request when the retries are used up; `.closed` after `stop`; `.cancelled`.
    public func credentials() async throws -> RedisCredentials {
        if !renewal.isClosed { start() }
        return try await renewal.credentials()
    }

    /// Calls `listener` for each token from now on, including the first one if it has not come yet, and for each
    /// failure.
    public func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription {
        renewal.listeners.add(listener)
    }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// When and how a `RedisTokenManager` renews a token.
public struct RedisTokenPolicy: Sendable, Hashable {
    /// A token is renewed when this part of its lifetime is over. The default is 0.8.
    public var expirationRefreshRatio: Double
    /// A token is renewed no later than this long before it expires, whatever the ratio says. The default is zero.
    public var lowerRefreshBound: Duration
    /// How long one request may take. After that it is cancelled and counts as failed. The default is 10 s.
    public var requestTimeout: Duration
    /// How often a request that failed is repeated before listeners are told. The default is 3.
    public var retries: Int
    /// The pause before such a repetition, and the shortest pause between requests. After a failure was reported, the
    /// pauses double up to a minute; the manager never stops trying by itself. The default is 1 s.
    public var retryDelay: Duration

    /// Creates a policy. Each value has the default that its property documents.
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
