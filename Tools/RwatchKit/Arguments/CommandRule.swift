/// A command of the command line: its names, its options, and how many operands it takes.
package struct CommandRule: Sendable {
    /// Its name, and other spellings.
    package let names: [String]
    package let options: [OptionRule]
    /// At least that many operands.
    package let fewest: Int
    /// At most that many operands; `nil` is any number.
    package let most: Int?
    /// What the operands are, for whoever has left one out or written one too many.
    package let operands: String
    /// Options of other commands, by their proper names, and why this one has them not.
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

    /// Its proper name.
    package var name: String { names[0] }

    /// The option of that spelling.
    func option(_ name: String) -> OptionRule? { options.first { $0.names.contains(name) } }
}
