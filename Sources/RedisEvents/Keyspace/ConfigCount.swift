/// How often CONFIG SET was called, as `INFO commandstats` tells it from Redis 7.0 on; before that, CONFIG with whatever
/// subcommand, a look's own CONFIG GET included.
package struct ConfigCount: Hashable, Sendable {
    package let calls: Int
    /// Whether reading the setting counts as well.
    let includesLooks: Bool

    /// `nil` when the server tells neither.
    package init?(_ info: String) {
        var all: Int?
        var sets: Int?
        var hasSubcommands = false
        for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix("cmdstat_config") {
            let calls = line.firstRange(of: "calls=").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
            if line.hasPrefix("cmdstat_config:") { all = calls }
            if line.hasPrefix("cmdstat_config|") { hasSubcommands = true }
            if line.hasPrefix("cmdstat_config|set:") { sets = calls }
        }
        guard let calls = hasSubcommands ? sets ?? 0 : all else { return nil }
        self.calls = calls
        includesLooks = !hasSubcommands
    }

    /// Whether nobody has set anything between two looks that saw these.
    package func continues(in next: ConfigCount) -> Bool { next.calls == calls &+ (includesLooks ? 1 : 0) }
}
