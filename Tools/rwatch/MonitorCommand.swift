import ArgumentParser
import RwatchKit

struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Print every command that the server executes.",
        discussion: """
            One line a command, byte for byte what 'redis-cli monitor' prints,
            without its OK. MONITOR costs the server a good part of its
            throughput while it runs; rwatch always reads, and drops what the
            output does not take. When the server has to keep more than --guard
            for rwatch all the same, rwatch leaves MONITOR and comes back after
            a pause of 5 s.
            """,
        helpNames: .long
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var notices: NoticeOptions

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "Leave MONITOR when the server keeps more than that for rwatch; 0 never (default: 32mb).",
            valueName: "size"
        ),
        transform: parseSize
    )
    var guardLimit: Int?

    @Flag(name: .customLong("guard-exit"), help: "End with status 75 instead of coming back.")
    var guardExits = false

    func validate() throws {
        if guardExits && guardLimit == 0 { throw ValidationError("--guard-exit needs a guard, and --guard 0 is none") }
    }

    func run() async throws {
        await WatchMonitor.run(
            try connection.target(),
            form: json ? .json : .line,
            guard: GuardSettings(limit: guardLimit ?? 32 << 20, exits: guardExits),
            limits: limits.limits,
            isQuiet: notices.isQuiet
        ).exit()
    }
}

/// Reads a size such as `32mb`.
@Sendable private func parseSize(_ text: String) throws -> Int {
    do { return try ByteSizeText.parse(text) } catch { throw ValidationError("\(error)") }
}
