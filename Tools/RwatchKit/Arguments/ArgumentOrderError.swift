/// Why a command line cannot be put in order: always a usage error.
package enum ArgumentOrderError: Error, Equatable, CustomStringConvertible {
    /// The first word is no command.
    case unknownCommand(String, suggestion: String?)
    /// An option before the command is not one of the connection options.
    case unknownOption(String, suggestion: String?)
    /// An option before the command ends the line, but needs a value.
    case missingValue(String)
    /// There are options, but no command.
    case missingCommand

    /// One line for the user.
    package var description: String {
        switch self {
        case .unknownCommand(let word, let suggestion): "unknown command '\(word)'" + Self.hint(suggestion)
        case .unknownOption(let name, let suggestion):
            "unknown option '\(name)' before the command" + Self.hint(suggestion)
        case .missingValue(let name): "option '\(name)' needs a value"
        case .missingCommand: "no command given"
        }
    }

    private static func hint(_ suggestion: String?) -> String {
        suggestion.map { "; did you mean '\($0)'?" } ?? ""
    }
}
