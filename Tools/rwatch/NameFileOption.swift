import ArgumentParser
import RedisRESP
import RwatchKit

/// The file of names to subscribe to.
struct NameFileOption: ParsableArguments {
    // Only for the help, like every option that takes bytes.
    @Option(
        name: .customLong("names-from"),
        help: ArgumentHelp(
            "Also take names from this file, one per line; - is standard input. May be repeated.",
            valueName: "file"
        )
    )
    private var files: [String] = []

    static let rules = [OptionRule("--names-from", value: .bytes)]

    /// The names of the command line and of the files.
    static func names(_ arguments: ArrangedArguments) throws -> [RedisBytes] {
        var names = arguments.operands
        for path in arguments["--names-from"] { names += try NameFile.read(path) }
        return names
    }
}
