import ArgumentParser
import RwatchKit

/// The commands that take the events.
struct JobOptions: ParsableArguments {
    @Option(
        name: .customLong("exec"),
        help: ArgumentHelp(
            """
            Run this by the shell for each event: the payload is its input, and $RWATCH_CHANNEL, $RWATCH_KEY and others \
            tell the rest.
            """,
            valueName: "command"
        )
    )
    private var each: String?

    @Option(
        name: .customLong("exec-batch"),
        help: ArgumentHelp(
            "Run this by the shell for the lines of each second; they are its input.",
            valueName: "command"
        )
    )
    private var batch: String?

    @Option(help: ArgumentHelp("How many of these commands run at once (default: 4).", valueName: "n"))
    private var jobs: Int?

    func validate() throws {
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs needs a number from 1 to 256") }
        if each != nil, batch != nil { throw ValidationError("--exec and --exec-batch exclude each other") }
        if jobs != nil, unit == nil { throw ValidationError("--jobs is for --exec and --exec-batch") }
    }

    /// What a command gets, if there are commands.
    var unit: JobSettings.Unit? { each != nil ? .event : batch != nil ? .batch : nil }

    /// The commands. `isKept` says that the events go to files already.
    func settings(isKept: Bool) throws -> JobSettings? {
        guard let unit, let command = each ?? batch else { return nil }
        if isKept {
            throw ValidationError("events go to files (-w) or to commands (--exec, --exec-batch), not to both")
        }
        return JobSettings(command: command, unit: unit, places: jobs ?? 4)
    }

    static let rules = [
        OptionRule("--exec", value: .text), OptionRule("--exec-batch", value: .text),
        OptionRule("--jobs", value: .text),
    ]
}
