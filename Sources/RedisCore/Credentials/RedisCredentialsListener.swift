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
