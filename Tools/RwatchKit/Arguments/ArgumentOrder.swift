/// Lets connection options stand before the subcommand, as `redis-cli -p 6380 monitor` has taught everybody: the argument
/// parser knows them behind it only, so they are moved there.
package struct ArgumentOrder: Sendable {
    private let commands: [String]
    private let options: [GlobalOption]

    /// Knows the subcommands (aliases and `help` included, in the order of suggestions) and the options that may lead.
    package init(commands: [String], options: [GlobalOption]) {
        self.commands = commands
        self.options = options
    }

    /// `arguments` (without the program's name) with the subcommand first, then what stood before it, then the rest
    /// untouched. `--help` and `--version` without a command come back alone; so does `--version` before one.
    ///
    /// Short options before the command may be joined to their value or to each other (`-p6380`, `-cp6380`) and come back
    /// taken apart. The word after `--` is the command, whatever it looks like; the rest are then operands.
    package func arrange(_ arguments: [String]) throws(ArgumentOrderError) -> [String] {
        var leading: [String] = []
        var wantsHelp = false
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            if word == "--" {
                guard index < arguments.count else { break }
                return try [command(arguments[index])] + leading + ["--"] + arguments[(index + 1)...]
            }
            if word == "--version" { return [word] }
            if word == "--help" {
                wantsHelp = true
                continue
            }
            guard word.hasPrefix("-"), word != "-" else {
                return try [command(word)] + leading + (wantsHelp ? ["--help"] : []) + arguments[index...]
            }
            let (pieces, needsValue) = try word.hasPrefix("--") ? long(word) : short(word)
            leading += pieces
            guard needsValue else { continue }
            guard index < arguments.count else { throw .missingValue(pieces.last ?? word) }
            leading.append(arguments[index])
            index += 1
        }
        if wantsHelp { return ["--help"] }
        guard leading.isEmpty else { throw .missingCommand }
        return []
    }

    private func command(_ word: String) throws(ArgumentOrderError) -> String {
        guard commands.contains(word) else {
            throw .unknownCommand(word, suggestion: Suggestion.closest(to: word, among: commands))
        }
        return word
    }

    /// Reads `--name` or `--name=value`.
    private func long(_ word: String) throws(ArgumentOrderError) -> (pieces: [String], needsValue: Bool) {
        let name = String(word.prefix { $0 != "=" })
        let option = try option(named: name, suggestingFor: name)
        return ([word], option.takesValue && name == word)
    }

    /// Reads `-n`, `-nVALUE` or a bundle of flags, the last of which may take a value: `-cp6380`.
    private func short(_ word: String) throws(ArgumentOrderError) -> (pieces: [String], needsValue: Bool) {
        var pieces: [String] = []
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            let name = "-\(letter)"
            let option = try option(named: name, suggestingFor: word)
            pieces.append(name)
            guard option.takesValue else { continue }
            if rest.isEmpty { return (pieces, true) }
            pieces.append(String(rest))
            return (pieces, false)
        }
        return (pieces, false)
    }

    private func option(
        named name: String,
        suggestingFor word: String
    ) throws(ArgumentOrderError) -> GlobalOption {
        if let option = options.first(where: { $0.names.contains(name) }) { return option }
        let known = options.flatMap(\.names) + ["--help", "--version"]
        throw .unknownOption(word, suggestion: Suggestion.closest(to: word, among: known))
    }
}
