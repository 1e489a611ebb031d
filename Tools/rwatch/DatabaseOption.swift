import ArgumentParser
import RwatchKit

/// Which database is watched, for the commands that tell one from another.
struct DatabaseOption: ParsableArguments {
    @Option(
        name: .joined("n", "db"),
        help: ArgumentHelp("Only this database (default: all, or the one in the URL).", valueName: "number")
    )
    var number: Int?

    static let rules = [OptionRule("-n", "--db", value: .text)]

    /// Why the other commands have it not.
    static let refusal = ["--db": "channels belong to no database"]
}
