/// What `rwatch stat` reports: what was counted, of what, and what could not be. A plain value.
package struct StatReport: Sendable {
    package var counters: Counters
    package var account: InputAccount
    /// What was counted, in words: `all commands at localhost:6379`, `rec.txt`.
    package var source: String
    /// Whether it was counted while it happened.
    package var isLive: Bool
    /// From when until when was counted, in microseconds since the epoch; `nil` for a recording without an event.
    package var period: (from: Int64, until: Int64)?
    /// How many rows each table shows at most.
    package var rows: Int

    package init(
        counters: Counters,
        account: InputAccount = InputAccount(),
        source: String,
        isLive: Bool = false,
        period: (from: Int64, until: Int64)? = nil,
        rows: Int = 10
    ) {
        self.counters = counters
        self.account = account
        self.source = source
        self.isLive = isLive
        self.period = period ?? counters.first.flatMap { first in counters.last.map { (first, $0) } }
        self.rows = rows
    }

    /// How long was counted.
    var seconds: Double { period.map { Double($0.until &- $0.from) / 1_000_000 } ?? 0 }

    /// How many events there were a second; 0 if all came at once.
    var rate: Double { seconds > 0 ? Double(counters.events) / seconds : 0 }

    /// One of the tables.
    struct Table {
        /// What is counted, in the plural.
        let title: String
        /// The name in JSON.
        let member: StaticString
        let names: HeavyHitters
        /// What is shown behind each name.
        let suffix: String

        /// By how much the counts of rows may be too great, and how often a name without a row may have occurred.
        var bound: Int { names.bound }
    }

    /// The tables, in the order in which they are shown.
    var tables: [Table] {
        let counters = counters
        return [
            Table(title: "commands", member: "commands", names: counters.commands, suffix: ""),
            Table(title: "keys", member: "keys", names: counters.keys, suffix: ""),
            Table(title: "prefixes", member: "prefixes", names: counters.prefixes, suffix: "*"),
            Table(title: "clients", member: "clients", names: counters.clients, suffix: ""),
            Table(title: "users", member: "users", names: counters.users, suffix: ""),
            Table(title: "channels", member: "channels", names: counters.channels, suffix: ""),
            Table(title: "patterns", member: "patterns", names: counters.patterns, suffix: ""),
            Table(title: "events of keys", member: "key_events", names: counters.keyEvents, suffix: ""),
            Table(title: "servers", member: "nodes", names: counters.nodes, suffix: ""),
        ]
    }

    /// The rows of a table that are shown.
    func rows(of table: Table) -> [HeavyHitters.Row] { table.names.top(rows, at: counters.time) }
}
