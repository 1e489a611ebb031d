/// How often CONFIG SET was called, as `INFO commandstats` tells it from Redis 7.0 on; before that, CONFIG with whatever
/// subcommand, a look's own CONFIG GET included.
package struct ConfigCount: Hashable, Sendable {
    package let calls: Int
    /// Whether reading the setting counts as well.
    let includesLooks: Bool

    /// `nil` when the server tells neither.
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
        includesLooks = !hasSubcommands
    }

    /// Whether nobody has set anything between two looks that saw these.
    package func continues(in next: ConfigCount) -> Bool { next.calls == calls + (includesLooks ? 1 : 0) }
}
