import ArgumentParser
import RwatchKit

/// The database to watch, for commands that distinguish databases.
struct DatabaseOption: ParsableArguments {
    @Option(
        name: .joined("n", "db"),
        help: ArgumentHelp(
            "Only this database, or these: 0,3 (default: all, or the one in the URL).",
            valueName: "number"
        ),
        transform: { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Int($0) }
            guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }) else {
                throw ValidationError("this is not a number, or numbers with commas between")
            }
            return numbers
        }
    )
    var numbers: [Int] = []

    /// The database, if there is one.
    var only: Int? { numbers.count == 1 ? numbers[0] : nil }

    static let rules = [OptionRule("-n", "--db", value: .text)]

    /// Why the other commands do not have the option.
    static let refusal = ["--db": "channels belong to no database"]
}
