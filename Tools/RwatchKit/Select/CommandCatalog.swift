import RedisRESP

/// The commands of a server: where their keys are, and whether they are of a category.
package struct CommandCatalog: Sendable {
    private var names = CaselessNames()
    private var infos: [CommandInfo] = []
    /// The subcommands of a command, at its position; empty where it has none.
    private var subcommands: [[CommandCatalog]] = []

    package init() {}

    /// How many commands there are.
    package var count: Int { infos.count }

    /// The names of all commands, in lower case.
    var commandNames: [[UInt8]] { names.all }

    /// Adds a command. A name is given once.
    package mutating func add(_ name: [UInt8], _ info: CommandInfo, subcommands table: CommandCatalog? = nil) {
        guard names.add(name) == infos.count else { return }
        infos.append(info)
        subcommands.append(table.map { [$0] } ?? [])
    }

    /// The position of the command of a line; `nil` for one that the table does not know.
    @inline(__always)
    func position(_ name: RawSpan) -> Int? { names.find(name) }

    /// The position of the command whose name is in `text`. With more bytes behind the name this is faster than to take
    /// the name out.
    @inline(__always)
    func position(in text: RawSpan, at start: Int, count: Int) -> Int? { names.find(in: text, at: start, count: count) }

    /// Whether the command at a position has subcommands.
    func hasSubcommands(_ position: Int) -> Bool { !subcommands[position].isEmpty }

    /// The command at a position.
    func info(_ position: Int) -> CommandInfo { infos[position] }

    /// The subcommands of the command at a position.
    func nested(_ position: Int) -> CommandCatalog? { subcommands[position].first }

    /// The same commands, all of them in a category that is asked for.
    func allInCategory() -> CommandCatalog {
        var table = self
        for index in infos.indices { table.infos[index].isInCategory = true }
        return table
    }

    /// The subcommand of that name.
    func subcommand(_ position: Int, _ word: RawSpan) -> CommandInfo? {
        guard let table = subcommands[position].first, let found = table.position(word) else { return nil }
        return table.infos[found]
    }

    /// The command of that name.
    package func info(of name: String) -> CommandInfo? { position(Array(name.utf8).rawSpan).map { infos[$0] } }
}
