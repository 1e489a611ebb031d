package import RedisEvents

/// The guard of `rwatch monitor`, as the command line sets it.
package struct GuardSettings: Sendable {
    /// How many bytes the server may buffer for rwatch; zero turns the guard off.
    package var limit: Int
    /// Whether rwatch ends instead of connecting again.
    package var exits: Bool

    /// The settings of one run.
    package init(limit: Int, exits: Bool) {
        self.limit = limit
        self.exits = exits
    }

    /// The guard. With reconnects turned off, rwatch does not connect again after the guard either.
    package func monitorGuard(reconnects: Bool) -> Monitor.Guard? {
        guard limit > 0 else { return nil }
        var settings = Monitor.Guard(limit: limit)
        if exits || !reconnects { settings.onTrip = .end }
        return settings
    }
}
