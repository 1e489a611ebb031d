import RedisEvents

/// How `rwatch monitor` protects the server, as the command line says it.
package struct GuardSettings: Sendable {
    /// How many bytes the server may keep for rwatch; zero turns the guard off.
    package var limit: Int
    /// Whether rwatch ends instead of coming back.
    package var exits: Bool

    /// The settings of one run.
    package init(limit: Int, exits: Bool) {
        self.limit = limit
        self.exits = exits
    }

    /// The guard. Whoever asked for no reconnects does not want rwatch to come back from here either.
    func monitorGuard(reconnects: Bool) -> Monitor.Guard? {
        guard limit > 0 else { return nil }
        var settings = Monitor.Guard(limit: limit)
        if exits || !reconnects { settings.onTrip = .end }
        return settings
    }
}
