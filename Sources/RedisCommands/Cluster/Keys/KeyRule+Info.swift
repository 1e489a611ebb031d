extension KeyRule {
    /// Reads what COMMAND INFO says of one command: name, arity, flags, first key, last key, step, and since 7.0 more, the
    /// tenth element being the subcommands in the same form. `nil` for a command that the server does not know.
    package init?(info: RESPValue) {
        guard let fields = info.elements, fields.count >= 6, let flags = fields[2].elements else { return nil }
        let subcommands = fields.count > 9 ? fields[9].elements ?? [] : []
        if flags.contains(where: { $0.bytes?.commandName == "MOVABLEKEYS" }) {
            self = .asked
        } else if !subcommands.isEmpty {
            let rules = Self.rules(of: subcommands).filter { $0.value != .none }
            self = rules.isEmpty ? .none : .subcommands(rules)
        } else if let first = fields[3].integer, let last = fields[4].integer, let step = fields[5].integer,
            first > 0, step > 0, last < 0 || last >= first, last < 1 << 30, last > -1 << 30
        {
            self = .range(first: first, last: last, step: step)
        } else {
            self = .none
        }
    }

    /// More than any command has.
    private static let mostSubcommands = 256

    /// Each is called `command|subcommand`.
    private static func rules(of subcommands: [RESPValue]) -> [String: KeyRule] {
        var rules: [String: KeyRule] = [:]
        for subcommand in subcommands.prefix(mostSubcommands) {
            guard let name = subcommand.elements?.first?.bytes?.commandName, let rule = KeyRule(info: subcommand) else {
                continue
            }
            rules[name.utf8.split(separator: UInt8(ascii: "|")).last.map { String(Substring($0)) } ?? name] = rule
        }
        return rules
    }
}
