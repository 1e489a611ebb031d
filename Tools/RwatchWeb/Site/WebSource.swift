/// Where events come from.
package enum WebSource: String, Sendable, CaseIterable {
    /// What the servers count by themselves: as good as no cost, and no single events.
    case stats
    /// Every command. MONITOR costs a server a large part of its throughput, so it has to be asked for.
    case monitor
    /// Messages.
    case sub
    /// Events of keys.
    case keys
}
