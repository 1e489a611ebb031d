/// A command that waits for its next attempt.
struct ParkedCommand: Sendable {
    var command: ClusterCommand
    var due: ContinuousClock.Instant
    /// What is wrong.
    var error: RedisError
    /// Whether another picture of the cluster may help before that.
    var hopesForPicture: Bool
}
