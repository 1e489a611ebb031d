import ArgumentParser
import RedisRESP
import RwatchKit

struct ReplayCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send recorded commands, or publish recorded messages, again.",
        usage: "rwatch replay [options] <file|->",
        discussion: """
            A recording is what 'redis-cli monitor', 'rwatch monitor' and
            'rwatch sub' print, as lines or with --json, compressed or not. Each
            recorded client has a connection of its own, commands on the same
            keys keep their order, a transaction is sent in one piece, and
            commands run in the database in which they ran. Messages are
            published again, each once.

            Commands of scripts are left out, because their scripts are sent;
            so is what came to a replica from its primary, and what concerns
            the recorded connection or administers the server.

            Examples:
              rwatch replay rec.txt               as fast as it was recorded
              rwatch replay rec.gz --speed max -p 6380
              rwatch replay rec.txt --dry-run     only the report
              rwatch replay rec.json --key 'user:*' --speed 10x
              rwatch monitor -h a | rwatch replay - -p 6380
                                                  a copy of the traffic of a

            The report at the end tells what was sent and how late, what was
            not sent and why, and the errors by their kind. With --json it is
            one object:
              replay   lines, recorded, planned, sent, answered, error_count,
                       errors, skipped, unreadable, late_ms, reply_ms, …
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "replay",
        options: ReplayOptions.rules + DatabaseOption.rules + RecordingSelectionOptions.rules + ReplayEndOptions.rules
            + NoticeOptions.rules + ConnectionOptions.rules,
        operands: 1...1,
        called: "one file, or - for standard input"
    )

    @Argument(help: "The recording; - is standard input.")
    private var file: String?

    @OptionGroup(title: "How to replay") var own: ReplayOptions
    @OptionGroup(title: .selectionTitle) var database: DatabaseOption
    @OptionGroup(title: .selectionTitle) var selection: RecordingSelectionOptions
    @OptionGroup(title: .endTitle) var ends: ReplayEndOptions
    @OptionGroup(title: "What is reported") var notices: NoticeOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var replay = ReplayRecording(path: arguments.operands[0])
        replay.speed = own.speed
        replay.passes = own.passes
        replay.isDry = own.dry
        replay.isStrict = own.strict
        replay.isJSON = own.json
        replay.isQuiet = notices.isQuiet
        replay.isAgreed = own.yes
        replay.primaries = Set(own.primary.map { RedisBytes($0) })
        replay.sendsReplicated = own.replicated
        replay.connections = own.connections
        replay.longestPause = own.longestPause
        replay.longestLine = own.longestLine
        replay.commandLimit = ends.count
        replay.duration = ends.limit
        replay.selection = try selection.selection(beside: connection, databases: database.numbers)
        if case .some(let selection) = replay.selection.commands, selection.scripts == .only {
            throw ValidationError("commands of scripts are never sent, their scripts are: leave out --lua only")
        }
        return await replay.run(Target(.servers(try connection.settings.configurations())))
    }
}

struct ReplayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("As fast as recorded (1x), faster or slower (10x, 0.5x), or max.", valueName: "speed"),
        transform: { text in
            guard let speed = ReplaySpeed(text) else {
                throw ValidationError("--speed takes 1x, 10x, 0.5x and such, from 0.001x to 1000000x, or max")
            }
            return speed
        }
    )
    var speed = ReplaySpeed.times(1)

    // It cannot be a flag, because it may have a value.
    @Option(help: ArgumentHelp("Begin again at the end, for ever or so many times: --loop, --loop=3.", valueName: "n"))
    private var loop: String?

    @Flag(name: .customLong("dry-run"), help: "Read and select, and send nothing: only the report.")
    var dry = false

    @Flag(help: "Replay to another machine, to the recorded server, or a file that is still written.")
    var yes = false

    @Flag(help: "End with status 65 at the first line that cannot be read, or that the server has redacted.")
    var strict = false

    @Option(
        name: .customLong("connections"),
        help: ArgumentHelp("At most so many connections; more clients share them (default: 64).", valueName: "n")
    )
    private var mostConnections: Int?

    var connections: Int { mostConnections ?? 64 }

    @Option(
        name: .customLong("max-pause"),
        help: ArgumentHelp("Cut pauses of the recording to this.", valueName: "time"),
        transform: parseDuration
    )
    var longestPause: Duration?

    @Option(
        name: .customLong("max-line"),
        help: ArgumentHelp("Leave out longer lines (default: 64mb).", valueName: "size"),
        transform: parseSize
    )
    var longestLine = 64 << 20

    @Option(
        help: ArgumentHelp(
            "Commands from this address were replicated. Known anyway: addresses with port 6379, and servers that the recording names.",
            valueName: "host:port"
        )
    )
    var primary: [String] = []

    @Flag(help: "Send replicated commands too.")
    var replicated = false

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    /// The value of `--loop` without a value.
    static let endless = "0"

    /// How many times the recording is replayed; `nil` for no end.
    var passes: Int? {
        guard let loop else { return 1 }
        return Int(loop).flatMap { $0 == 0 ? nil : $0 }
    }

    func validate() throws {
        if let loop, Int(loop) ?? -1 < 0 { throw ValidationError("--loop takes a number, or nothing") }
        guard 1...10_000 ~= connections else { throw ValidationError("--connections takes a number from 1 to 10000") }
        guard longestLine >= 1024 else { throw ValidationError("--max-line needs at least 1kb") }
    }

    static let rules = [
        OptionRule("--speed", value: .text),
        OptionRule("--loop", value: .optional(default: endless, accepts: { $0.allSatisfy(\.isNumber) && !$0.isEmpty })),
        OptionRule("--dry-run"), OptionRule("--yes"), OptionRule("--strict"), OptionRule("--connections", value: .text),
        OptionRule("--max-pause", value: .text), OptionRule("--max-line", value: .text),
        OptionRule("--primary", value: .text), OptionRule("--replicated"), OptionRule("--json"),
    ]
}

/// When a replay ends before its recording.
struct ReplayEndOptions: ParsableArguments {
    @Option(name: .joined("C", "count"), help: ArgumentHelp("End after this many commands.", valueName: "n"))
    var count: Int?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("End after this time, counted from the first command; 0 never ends.", valueName: "time"),
        transform: parseDuration
    )
    private var duration: Duration?

    /// The time, if there is a limit.
    var limit: Duration? { duration == .zero ? nil : duration }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("-C needs a number from 1 up") }
    }

    static let rules = [OptionRule("-C", "--count", value: .text), OptionRule("--for", value: .text)]
}
