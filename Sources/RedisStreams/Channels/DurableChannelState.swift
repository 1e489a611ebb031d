internal import RedisRESP

/// The machine of a channel, and how often its last question has failed.
struct DurableChannelState {
    var machine: ContinuityMachine
    private var failureCount = 0

    init(_ machine: ContinuityMachine) { self.machine = machine }

    mutating func answered() { failureCount = 0 }

    /// A question has failed. Returns when to ask again.
    mutating func failed() -> Duration {
        failureCount = min(failureCount + 1, 16)
        return min(.milliseconds(50) * (1 << failureCount), .seconds(5))
    }
}
