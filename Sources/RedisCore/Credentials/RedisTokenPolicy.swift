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
    /// The pause before such a repetition, and the shortest there is between requests. When listeners were told, the pauses
    /// double up to a minute; the manager never ends trying by itself. The default is 1 s.
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
