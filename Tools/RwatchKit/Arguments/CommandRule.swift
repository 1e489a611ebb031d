/// A command of the command line: its names, its options, and how many operands it takes.
package struct CommandRule: Sendable {
    /// The command's name, and other spellings.
    package let names: [String]
    package let options: [OptionRule]
    /// The least number of operands.
    package let fewest: Int
    /// The greatest number of operands; `nil` means any number.
    package let most: Int?
    /// The name of the operands, for an error about their number.
    package let operands: String
    /// Options of other commands, by their proper names, with the reason why this command does not have them.
    package let refusals: [String: String]

    /// Describes a command.
    package init(
        _ names: String...,
        options: [OptionRule] = [],
        operands: ClosedRange<Int>? = nil,
        called words: String = "no arguments",
        refusals: [String: String] = [:]
    ) {
        self.names = names
        self.options = options
        fewest = operands?.lowerBound ?? 0
        most = operands.map(\.upperBound)
        self.operands = words
        self.refusals = refusals
    }

    /// The proper name of the command.
    package var name: String { names[0] }

    /// The option of that spelling.
    func option(_ name: String) -> OptionRule? { options.first { $0.names.contains(name) } }
}
