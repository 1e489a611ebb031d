import ArgumentParser
import RedisRESP
import RwatchKit

/// What a watch tells of itself, and to whom.
struct ReportOptions: ParsableArguments {
    /// The value of `--stats` without a value.
    private static let usualInterval = "10s"

    @OptionGroup var notices: NoticeOptions

    @Option(
        name: .customLong("ready-fd"),
        help: ArgumentHelp("Write a line to this descriptor once the watch stands, and close it.", valueName: "n")
    )
    private var descriptor: Int32?

    // Only for the help, like every option that takes bytes.
    @Option(
        name: .customLong("ready-file"),
        help: ArgumentHelp("Make this file once the watch stands; it is removed at the end.", valueName: "file")
    )
    private var file: String?

    @Option(
        help: ArgumentHelp(
            "Report the counters every 10 s, or as often as said, and at the end: --stats, --stats=1m. SIGUSR1 asks too.",
            valueName: "time"
        ),
        transform: parseDuration
    )
    private var stats: Duration?

    @Flag(name: .customLong("no-summary"), help: "Report no counters at the end, on a terminal either.")
    private var leavesOutSummary = false

    func validate() throws {
        if let stats, stats <= .zero { throw ValidationError("--stats needs a time above 0") }
        if let descriptor, descriptor < 3 { throw ValidationError("--ready-fd needs a descriptor from 3 up") }
    }

    /// Adds what these options say to the settings of a run.
    func apply(to settings: inout RunSettings, _ arguments: ArrangedArguments) {
        settings.readiness = Readiness(descriptor: descriptor, file: arguments["--ready-file"].last?.bytes)
        settings.reportInterval = stats
        settings.hasSummary = leavesOutSummary ? false : stats != nil ? true : nil
        settings.isQuiet = notices.isQuiet
    }

    static let rules =
        [
            OptionRule("--ready-fd", value: .text), OptionRule("--ready-file", value: .bytes),
            OptionRule(
                "--stats",
                value: .optional(default: usualInterval) { word in (try? DurationText.parse(word)) != nil }
            ),
            OptionRule("--no-summary"),
        ] + NoticeOptions.rules
}
