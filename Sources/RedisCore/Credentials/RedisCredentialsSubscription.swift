/// A listener's place with its provider. Letting go of it cancels it.
public final class RedisCredentialsSubscription: Sendable {
    private let action: Locked<(@Sendable () -> Void)?>

    /// A subscription that `onCancel` ends; it is called once.
    public init(onCancel: @escaping @Sendable () -> Void) { action = Locked(onCancel) }

    deinit { cancel() }

    /// Ends it. A call that is under way may still be finishing. Idempotent.
    public func cancel() { action.withLock { $0.take() }?() }
}
