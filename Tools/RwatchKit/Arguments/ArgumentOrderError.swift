/// Why a command line cannot be read: always a usage error. The texts contain no option's value, which may be a
/// password.
package enum ArgumentOrderError: Error, Equatable, CustomStringConvertible {
    /// The first word is not a command. It is `nil` if it may be the value of an option.
    case unknownCommand(String?, suggestion: String?)
    /// No command has such an option, or the given command has not.
    case unknownOption(String, of: String?, suggestion: String?)
    /// Other commands have such an option.
    case foreignOption(String, of: String, owners: [String], reason: String?)
    /// An option ends the line, but needs a value.
    case missingValue(String)
    /// An option was given a value, but takes none.
    case needlessValue(String)
    /// The value of a text option is not UTF-8.
    case noText(String)
    /// There are more operands than the command takes; the second text names them.
    case tooMany(String, String)
    /// There are fewer operands than the command needs; the second text names them.
    case tooFew(String, String)
    /// There are options, but no command.
    case missingCommand

    /// One line for the user.
    package var description: String {
        switch self {
        case .unknownCommand(let word?, let suggestion): "unknown command '\(word)'" + Self.hint(suggestion)
        case .unknownCommand(nil, let suggestion):
            "the word in place of the command is no command" + Self.hint(suggestion)
        case .unknownOption(let name, _, let suggestion): "unknown option '\(name)'" + Self.hint(suggestion)
        case .foreignOption(let name, let command, let owners, let reason):
            "\(command) has no option '\(name)'"
                + (reason.map { ": \($0)" } ?? "; it belongs to \(Self.list(owners))")
        case .missingValue("-h"): "option '-h' needs a value, the server's host; help is --help"
        case .missingValue(let name): "option '\(name)' needs a value"
        case .needlessValue(let name): "option '\(name)' takes no value"
        case .noText(let name): "the value of '\(name)' is not UTF-8"
        case .tooMany(let command, let operands): "\(command) takes \(operands)"
        case .tooFew(let command, let operands): "\(command) needs \(operands)"
        case .missingCommand: "no command given"
        }
    }

    /// The command whose help explains more, if it is known.
    package var command: String? {
        switch self {
        case .unknownOption(_, of: let command, _): command
        case .foreignOption(_, of: let command, _, _), .tooMany(let command, _), .tooFew(let command, _): command
        case .unknownCommand, .missingValue, .needlessValue, .noText, .missingCommand: nil
        }
    }

    private static func hint(_ suggestion: String?) -> String {
        suggestion.map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "none" }
        return "\(names.dropLast().joined(separator: ", ")) and \(last)"
    }
}
