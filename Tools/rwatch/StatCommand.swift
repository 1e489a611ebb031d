import ArgumentParser
import RedisRESP
import RwatchKit

struct StatCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "stat",
        abstract: "Count what happens, or what was recorded, and print one report.",
        usage: "rwatch stat [options] [monitor | sub [channel ...] | keys [pattern ...] | -r <file> ...]",
        discussion: """
            Commands, keys, prefixes of keys, clients, channels, sizes, pauses,
            and how many different ones there were. It counts what 'monitor',
            'sub' or 'keys' would print ('monitor' if nothing is said) until
            --for or Ctrl-C ends it, or what recordings hold: what 'redis-cli
            monitor' and rwatch print, as lines or with --json, compressed or
            not. Memory is bounded: where not every name could be kept, the
            report tells how far each count may be wrong.

            Examples:
              rwatch stat --for 10s               commands of ten seconds
              rwatch stat sub -P '*' --for 1m     messages by channel
              rwatch stat keys --for 1m           events of keys
              rwatch stat -r rec.txt rec.gz       what was recorded
              redis-cli monitor | rwatch stat -r -
              rwatch stat -r rec.txt --cmd get --html report.html
                                                  a page with charts, too

            With --json it is one object, which docs/rwatch-stat.schema.json
            describes:
              stat     source, from, to, events, rate, windows, sizes,
                       commands, keys, prefixes, clients, channels, largest,
                       slowest, incidents, input, …
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "stat",
        options: StatOptions.rules + MonitorOptions.rules + SubNames.rules + NameFileOption.rules + KeysOptions.rules
            + DatabaseOption.rules + RecordingSelectionOptions.rules + EndOptions.rules + ReportOptions.rules
            + LinkOptions.rules + ConnectionOptions.rules
    )

    @Argument(help: "What to count, with names; or more recordings, behind -r.")
    private var source: [String] = []

    @OptionGroup(title: "What to report") var own: StatOptions
    @OptionGroup(title: "What to count") var monitor: MonitorOptions
    @OptionGroup(title: "What to count") private var names: SubNames
    @OptionGroup(title: "What to count") private var files: NameFileOption
    @OptionGroup(title: "What to count") var keys: KeysOptions
    @OptionGroup(title: .selectionTitle) var database: DatabaseOption
    @OptionGroup(title: .selectionTitle) var selection: RecordingSelectionOptions
    @OptionGroup(title: .endTitle) var ends: EndOptions
    @OptionGroup(title: .reportTitle) var reports: ReportOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var statistics = CollectStatistics(try source(arguments))
        statistics.form = own.json ? .json : own.form
        statistics.page = arguments["--html"].last
        statistics.settings.prefixDepth = own.depth
        statistics.rows = own.top
        statistics.needs = OriginNeeds(names: monitor.showsNames, users: monitor.showsNames)
        statistics.isStrict = own.strict
        statistics.longestLine = own.longestLine
        statistics.limit = ends.limits.count
        var settings = RunSettings(limits: ends.watchLimits)
        reports.apply(to: &settings, arguments)
        if case .recordings = statistics.source {
            guard settings.limits.duration == nil, settings.limits.idle == nil, !settings.limits.hasLastEvent else {
                throw ValidationError("--for, --idle and --until end a watch; a recording ends by itself, or by -C")
            }
            guard statistics.hasCategories else { return await statistics.run(Target(.servers([]))) }
        }
        return await statistics.run(try links.target(connection, database: database.only), settings: settings)
    }

    private func source(_ arguments: ArrangedArguments) throws -> CollectStatistics.Source {
        let recordings = arguments["--read"]
        guard recordings.isEmpty else {
            let paths = recordings + arguments.operands
            guard paths.filter({ $0 == "-" }).count < 2 else { throw ValidationError("standard input is read once") }
            return .recordings(
                paths,
                try selection.selectionWithKeyEvents(beside: connection, databases: database.numbers)
            )
        }
        let words = arguments.operands
        guard let first = words.first else { return try .monitor(commandSelection(), guardSettings) }
        var rest = arguments
        rest.operands = Array(words.dropFirst())
        switch first {
        case "monitor":
            guard rest.operands.isEmpty else { throw ValidationError("'stat monitor' takes no names") }
            return try .monitor(commandSelection(), guardSettings)
        case "sub", "subscribe":
            let watch = WatchSubscriptions(
                channels: try NameFileOption.names(rest),
                patterns: arguments["--pattern"],
                shardChannels: arguments["--shard"],
                selection: try selection.messageSelection(endingWith: ends.lastEvent())
            )
            guard !watch.isEmpty else {
                throw ValidationError("nothing to count: name a channel, a pattern (-P) or a shard channel (-S)")
            }
            return .subscriptions(watch)
        case "keys": return try .keys(keyWatch(rest.operands))
        default:
            throw ValidationError(
                "what to count is monitor, sub or keys, and '\(first)' is none of them; -r names a recording"
            )
        }
    }

    private var guardSettings: GuardSettings {
        GuardSettings(limit: monitor.guardLimit ?? 32 << 20, exits: monitor.guardExits)
    }

    private func commandSelection() throws -> Selection {
        var selection = try selection.commandSelection(beside: connection)
        selection.last = try ends.lastEvent()
        selection.databases = database.numbers
        return selection
    }

    private func keyWatch(_ patterns: [RedisBytes]) throws -> WatchKeys {
        var selection = try selection.keySelection(beside: connection)
        selection.last = try ends.lastEvent()
        if database.only == nil { selection.databases = database.numbers }
        return WatchKeys(
            patterns: patterns,
            events: keys.events,
            database: database.only,
            notifications: keys.policy,
            selection: selection
        )
    }
}

struct StatOptions: ParsableArguments {
    // Only for the help, like every option that takes bytes.
    @Option(
        name: .joined("r", "read"),
        help: ArgumentHelp("Count a recording; - is standard input. May be repeated.", valueName: "file")
    )
    private var read: [String] = []

    @Option(
        name: .joined("o", "output"),
        help: ArgumentHelp("How the report is printed: text, json or html.", valueName: "form"),
        transform: { text in
            guard let form = CollectStatistics.Form(rawValue: text) else {
                throw ValidationError("known are text, json and html")
            }
            return form
        }
    )
    var form = CollectStatistics.Form.text

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Also write the report to this file, as one page of HTML with charts. No file is ever replaced.",
            valueName: "file"
        )
    )
    private var html: String?

    @Option(
        name: .customLong("depth"),
        help: ArgumentHelp(
            "How many parts of a key, with a : behind each, are its prefix (default: 1).",
            valueName: "n"
        )
    )
    private var prefixDepth: Int?

    var depth: Int { prefixDepth ?? 1 }

    @Option(
        name: .customLong("top"),
        help: ArgumentHelp("How many rows a table shows (default: 10).", valueName: "n")
    )
    private var mostRows: Int?

    var top: Int { mostRows ?? 10 }

    @Flag(help: "With -r: end with status 65 at the first line that cannot be read.")
    var strict = false

    @Option(
        name: .customLong("max-line"),
        help: ArgumentHelp("With -r: leave out longer lines (default: 64mb).", valueName: "size"),
        transform: parseSize
    )
    var longestLine = 64 << 20

    func validate() throws {
        if json, form != .text { throw ValidationError("--json and -o \(form.rawValue) exclude each other") }
        guard 1...16 ~= depth else { throw ValidationError("--depth takes a number from 1 to 16") }
        guard 1...1000 ~= top else { throw ValidationError("--top takes a number from 1 to 1000") }
        guard longestLine >= 1024 else { throw ValidationError("--max-line needs at least 1kb") }
    }

    static let rules = [
        OptionRule("-r", "--read", value: .bytes), OptionRule("-o", "--output", value: .text), OptionRule("--json"),
        OptionRule("--html", value: .bytes), OptionRule("--depth", value: .text), OptionRule("--top", value: .text),
        OptionRule("--strict"), OptionRule("--max-line", value: .text),
    ]
}
