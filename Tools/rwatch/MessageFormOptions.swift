import ArgumentParser
import RedisRESP
import RwatchKit

/// How messages are printed, and the file of names.
struct MessageFormOptions: ParsableArguments {
    @Flag(help: "Print the payload and a line feed; on a terminal, control characters are escaped.")
    var raw = false

    @Flag(name: .customLong("unsafe-raw"), help: "Print the payload as it was published, on a terminal too.")
    var unsafeRaw = false

    @Flag(help: "Print one JSON object per line.")
    var json = false

    // Only for the help, like every option that takes bytes.
    @Option(
        name: .customLong("names-from"),
        help: ArgumentHelp(
            "Also take names from this file, one per line; - is standard input. May be repeated.",
            valueName: "file"
        )
    )
    private var files: [String] = []

    var form: MessageForm { json ? .json : unsafeRaw ? .unsafeRaw : raw ? .raw : .line }

    func validate() throws {
        if raw && json { throw ValidationError("--raw and --json exclude each other") }
        if unsafeRaw && json { throw ValidationError("--unsafe-raw and --json exclude each other") }
    }

    static let rules = [
        OptionRule("--raw"), OptionRule("--unsafe-raw"), OptionRule("--json"),
        OptionRule("--names-from", value: .bytes),
    ]

    /// The names of the command line and of the files.
    static func names(_ arguments: ArrangedArguments) throws -> [RedisBytes] {
        var names = arguments.operands
        for path in arguments["--names-from"] { names += try NameFile.read(path) }
        return names
    }
}
