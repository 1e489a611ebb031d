/// How often CONFIG SET was called, as `INFO commandstats` counts it from Redis 7.0 on. Before that, all subcommands of
/// CONFIG are counted together, including our own CONFIG GET.
package struct ConfigCount: Hashable, Sendable {
    package let calls: Int
    /// Whether reading the setting is counted as well.
    let includesReads: Bool

    /// `nil` when the reply has neither count.
    package init?(_ info: RedisBytes) {
        let name: RedisBytes = "cmdstat_config"
        var all: RedisBytes?
        var sets: RedisBytes?
        var hasSubcommands = false
        for line in info.slice(0..<min(info.count, OutsideFields.longestText)).lines {
            guard line.count > name.count, line.slice(0..<name.count) == name else { continue }
            let rest = line.slice(name.count..<line.count)
            if rest.begins(with: ":") { all = rest.slice(1..<rest.count) }
            if rest.begins(with: "|") { hasSubcommands = true }
            if rest.begins(with: "|set:") { sets = rest.slice(5..<rest.count) }
        }
        guard let statistics = hasSubcommands ? sets ?? "calls=0" : all,
            let calls = statistics.value(ofField: "calls", separator: UInt8(ascii: ","))?.decimal(Int.self)?.asCount
        else { return nil }
        self.calls = calls
        includesReads = !hasSubcommands
    }

    /// Whether nobody has called CONFIG SET between the two readings.
    package func continues(in next: ConfigCount) -> Bool { next.calls == calls + (includesReads ? 1 : 0) }
}
