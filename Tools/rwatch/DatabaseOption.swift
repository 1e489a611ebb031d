import ArgumentParser
import RwatchKit

/// The database to watch, for commands that distinguish databases.
struct DatabaseOption: ParsableArguments {
    @Option(
        name: .joined("n", "db"),
        help: ArgumentHelp("Only this database (default: all, or the one in the URL).", valueName: "number")
    )
    var number: Int?

    static let rules = [OptionRule("-n", "--db", value: .text)]

    /// Why the other commands do not have the option.
    static let refusal = ["--db": "channels belong to no database"]
}
