import RedisRESP

/// Where the keys of each command are, so that most commands take one look-up.
struct CommandKeys: Sendable {
    /// What has to be done for the keys of a command.
    enum Rule: UInt8, Sendable {
        case none
        /// The first argument is the only key.
        case first
        /// The specifications of the command say where they are.
        case specified
        /// It depends on the subcommand.
        case subcommand
        /// Nobody knows the command.
        case unknown
    }

    let table: CommandCatalog
    /// By the positions of the commands.
    private let rules: [Rule]

    init(_ table: CommandCatalog) {
        self.table = table
        rules = (0..<table.count).map { position in
            if table.hasSubcommands(position) { return .subcommand }
            let specs = table.info(position).specs
            return specs.isEmpty ? .none : specs == [.single(1)] ? .first : .specified
        }
    }

    /// The command whose name is in a line, in any case, and its rule.
    @inline(__always)
    func find(in line: RawSpan, _ name: LineArguments.Bounds) -> (position: Int, rule: Rule) {
        let start = Int(name.start)
        guard let position = table.position(in: line, at: start, count: Int(name.end) &- start) else {
            return (-1, .unknown)
        }
        return (position, rules[position])
    }
}
