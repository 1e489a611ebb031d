/// A node that could not be reached.
struct AilingNode: Sendable {
    var error: RedisError
    var failures: Int
    /// When to try again.
    var due: ContinuousClock.Instant
}
