import RedisRESP

/// What `INFO commandstats` says of a command.
package struct CommandStatistic: Sendable, Equatable {
    package var calls: Int
    /// How long all calls took, in microseconds.
    package var microseconds: Int

    package init(calls: Int, microseconds: Int) {
        self.calls = calls
        self.microseconds = microseconds
    }

    /// Reads `calls=21,usec=175,usec_per_call=8.33,…`; `nil` for anything else.
    package init?(_ text: String) {
        var fields: [Substring: Int] = [:]
        for part in text.split(separator: ",") {
            let words = part.split(separator: "=", maxSplits: 1)
            if words.count == 2, let number = Int(words[1]), number >= 0 { fields[words[0]] = number }
        }
        guard let calls = fields["calls"] else { return nil }
        self.init(calls: calls, microseconds: fields["usec"] ?? 0)
    }
}

/// How often commands were called since the beginning, from what the servers say again and again. A plain value.
package struct CommandStatistics: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package var name: String
        package var calls: Int
        package var microseconds: Int
        /// How many calls there were between the last two samples.
        package var recent: Int

        package init(name: String, calls: Int, microseconds: Int, recent: Int) {
            self.name = name
            self.calls = calls
            self.microseconds = microseconds
            self.recent = recent
        }
    }

    /// More commands have no row. Servers have a few hundred.
    private static let most = 2048

    private struct Entry: Sendable, Equatable {
        var last: CommandStatistic
        var calls = 0
        var microseconds = 0
        var recent = 0
    }

    /// By node and command.
    private var nodes: [String: [String: Entry]] = [:]

    package init() {}

    /// Takes a sample of a node. A counter that went back began anew.
    ///
    /// - Returns: How many calls there were since the sample before.
    @discardableResult
    package mutating func add(_ sample: [String: CommandStatistic], from node: String) -> Int {
        let isFirst = nodes[node] == nil
        var entries = nodes[node] ?? [:]
        var sum = 0
        for (name, statistic) in sample {
            guard var entry = entries[name] else {
                guard entries.count < Self.most else { continue }
                // What was called before the first sample is not of this run.
                var entry = Entry(last: statistic)
                if !isFirst {
                    (entry.calls, entry.microseconds, entry.recent) =
                        (statistic.calls, statistic.microseconds, statistic.calls)
                    sum = sum.addingSaturated(statistic.calls)
                }
                entries[name] = entry
                continue
            }
            let isReset = statistic.calls < entry.last.calls
            entry.recent = isReset ? statistic.calls : statistic.calls - entry.last.calls
            entry.calls = entry.calls.addingSaturated(entry.recent)
            let before = isReset ? 0 : entry.last.microseconds
            entry.microseconds = entry.microseconds.addingSaturated(max(statistic.microseconds - before, 0))
            entry.last = statistic
            entries[name] = entry
            sum = sum.addingSaturated(entry.recent)
        }
        nodes[node] = entries
        return sum
    }

    /// The commands that were called, the most frequent first.
    package func top(_ limit: Int) -> [Row] {
        var rows: [String: Row] = [:]
        for entries in nodes.values {
            for (name, entry) in entries where entry.calls > 0 {
                var row = rows[name] ?? Row(name: name, calls: 0, microseconds: 0, recent: 0)
                row.calls = row.calls.addingSaturated(entry.calls)
                row.microseconds = row.microseconds.addingSaturated(entry.microseconds)
                row.recent = row.recent.addingSaturated(entry.recent)
                rows[name] = row
            }
        }
        return Array(rows.values.sorted { ($1.calls, $0.name) < ($0.calls, $1.name) }.prefix(max(limit, 0)))
    }

    /// How many calls there were.
    package var total: Int { nodes.values.reduce(0) { $1.values.reduce($0) { $0.addingSaturated($1.calls) } } }
}
