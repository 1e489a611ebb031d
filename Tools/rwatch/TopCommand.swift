import ArgumentParser
import RedisRESP
import RwatchKit

struct TopCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Look at what a server does now: commands, keys, clients, channels, nodes.",
        usage: "rwatch top [options] [--source stats | monitor | sub | keys] [name ...] | -r <file>",
        discussion: """
            A live view on the terminal. By default it shows what servers count
            themselves (INFO, CLIENT LIST, PUBSUB, HOTKEYS), which costs them
            next to nothing. --source monitor, or the key m, counts every
            command, with its keys: MONITOR costs a server a large part of its
            throughput. Memory is bounded: where not every name could be kept,
            the view tells how far a count may be wrong.

            Examples:
              rwatch top                          what the server itself counts
              rwatch top -c -i 1                  a cluster, once a second
              rwatch top --source monitor --where 'cmd in (GET, SET)'
              rwatch top --source sub -P '*'      messages by channel
              rwatch top -r rec.gz --speed 10x    what was recorded
              rwatch top --batch --iterations 2   two reports, and no screen
              rwatch top --json | jq .commands.rows

            Keys: 1 to 7 and Tab choose a table, j k g G and the arrows a row,
            Enter shows the last commands of it and Esc leads back, s S r sort,
            / selects, Space freezes, + - change the interval, t shows totals,
            z counts from zero, d D change the depth of prefixes, a names
            clients, m begins and ends MONITOR, w writes the table to a file,
            y copies the row, h helps, q ends.

            Without a terminal, --batch prints a report for each interval and
            --json one object for each, which docs/rwatch-top.schema.json
            describes. The figures of an object are those of its interval
            (rate, last) and those since the beginning (count).
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "top",
        options: TopOptions.rules + TopSourceOptions.rules + SubNames.rules + DatabaseOption.rules
            + LimitOptions.rules + NoticeOptions.rules + LinkOptions.rules + ConnectionOptions.rules
    )

    @Argument(help: "Channels of --source sub, patterns of keys of --source keys, or more recordings, behind -r.")
    private var name: [String] = []

    @OptionGroup(title: .ownTitle) var own: TopOptions
    @OptionGroup(title: "What to show") var sources: TopSourceOptions
    @OptionGroup(title: "What to show") private var names: SubNames
    @OptionGroup(title: "What to show") var database: DatabaseOption
    @OptionGroup(title: .endTitle) var limits: LimitOptions
    @OptionGroup(title: .reportTitle) var notices: NoticeOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let source = try source(arguments)
        let form = try own.form
        var top = WatchTop(source, form: form)
        top.settings.prefixDepth = own.depth
        top.settings.rows = own.names
        top.interval = own.interval
        top.iterations = own.iterations
        top.rows = own.rows
        top.naming = own.clients
        var settings = RunSettings(limits: limits.limits)
        settings.isQuiet = notices.isQuiet || own.iterations != nil || form.isScreen
        if case .recording = source { return await top.run(Target(.servers([])), settings: settings) }
        return await top.run(try links.target(connection, database: database.only), settings: settings)
    }

    private func source(_ arguments: ArrangedArguments) throws -> WatchTop.Source {
        let condition = sources.condition
        let recordings = arguments["--read"]
        guard recordings.isEmpty else {
            guard sources.source == nil else { throw ValidationError("--source and -r exclude each other") }
            let paths = recordings + arguments.operands
            guard paths.filter({ $0 == "-" }).count < 2 else { throw ValidationError("standard input is read once") }
            return .recording(paths, try Self.recorded(condition), sources.speed)
        }
        guard sources.givenSpeed == nil else { throw ValidationError("--speed is for a recording: -r") }
        let kind = sources.source ?? .stats
        guard arguments.operands.isEmpty || [.sub, .keys].contains(kind) else {
            throw ValidationError("names are for --source sub and --source keys")
        }
        switch kind {
        case .stats, .recording:
            guard condition == nil else {
                throw ValidationError("--where selects events, which statistics do not have: --source monitor")
            }
            return .stats
        case .monitor:
            var selection = try Self.selection(condition, of: .commands)
            selection.databases = database.numbers
            return .monitor(selection, GuardSettings(limit: 32 << 20, exits: false))
        case .sub:
            let watch = WatchSubscriptions(
                channels: arguments.operands,
                patterns: arguments["--pattern"],
                shardChannels: arguments["--shard"],
                selection: try Self.selection(condition, of: .messages)
            )
            guard !watch.isEmpty else {
                throw ValidationError("nothing to count: name a channel, a pattern (-P) or a shard channel (-S)")
            }
            return .subscriptions(watch)
        case .keys:
            var selection = try Self.selection(condition, of: .keyEvents)
            if database.only == nil { selection.databases = database.numbers }
            return .keys(
                WatchKeys(patterns: arguments.operands, events: [], database: database.only, selection: selection)
            )
        }
    }

    private static func selection(_ condition: String?, of stream: EventStreamKind) throws -> Selection {
        var selection = Selection()
        guard let condition else { return selection }
        do throws(ExpressionError) { selection.expression = try FilterExpression(condition, for: stream) } catch {
            throw SelectionError(option: "--where", mistake: error)
        }
        return selection
    }

    /// A condition may speak of what only one kind of event has, and leaves out the others then.
    private static func recorded(_ condition: String?) throws -> RecordingSelection {
        func part(_ stream: EventStreamKind) -> RecordingSelection.Part? {
            (try? selection(condition, of: stream)).map { .some($0) }
        }
        let parts = (part(.commands), part(.messages), part(.keyEvents))
        if parts.0 == nil, parts.1 == nil, parts.2 == nil { _ = try selection(condition, of: .commands) }
        return RecordingSelection(
            commands: parts.0 ?? .none,
            messages: parts.1 ?? .none,
            keyEvents: parts.2 ?? .none
        )
    }
}

struct TopSourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where figures come from: stats, monitor, sub or keys (default: stats).",
            valueName: "source"
        ),
        transform: { text in
            guard let source = TopSource(rawValue: text), source != .recording else {
                throw ValidationError("known are stats, monitor, sub and keys; -r names a recording")
            }
            return source
        }
    )
    var source: TopSource?

    // Only for the help, like every option that takes bytes.
    @Option(
        name: .joined("r", "read"),
        help: ArgumentHelp("Show a recording; - is standard input. May be repeated.", valueName: "file")
    )
    private var read: [String] = []

    @Option(
        name: .customLong("speed"),
        help: ArgumentHelp("With -r: how fast it is read: 1x, 10x, 0.5x, max (default: 1x).", valueName: "speed"),
        transform: { text in
            guard let speed = ReplaySpeed(text) else { throw ValidationError("known are 1x, 10x, 0.5x and max") }
            return speed
        }
    )
    var givenSpeed: ReplaySpeed?

    var speed: ReplaySpeed { givenSpeed ?? .times(1) }

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Only events that fulfil this condition, such as 'size > 1k and key ~ \"user:*\"'.",
            valueName: "expression"
        )
    )
    var condition: String?

    static let rules = [
        OptionRule("--source", value: .text), OptionRule("-r", "--read", value: .bytes),
        OptionRule("--speed", value: .text), OptionRule("--where", value: .text),
    ]
}

struct TopOptions: ParsableArguments {
    @Flag(help: "Print a report for each interval, and use no screen.")
    var batch = false

    @Flag(help: "Print a JSON object for each interval, and use no screen.")
    var json = false

    @Option(
        name: .joined("i", "interval"),
        help: ArgumentHelp("How long an interval is, from 250ms to 1h (default: 2s).", valueName: "time"),
        transform: parseDuration
    )
    private var givenInterval: Duration?

    var interval: Duration { givenInterval ?? .seconds(2) }

    @Option(help: ArgumentHelp("With --batch or --json: end after so many reports.", valueName: "n"))
    var iterations: Int?

    @Option(
        name: .customLong("top"),
        help: ArgumentHelp("With --batch or --json: how many rows of each table (default: 10).", valueName: "n")
    )
    private var mostRows: Int?

    var rows: Int { mostRows ?? 10 }

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
        name: .customLong("names"),
        help: ArgumentHelp("How many keys are counted one by one, from 64 to 65536 (default: 4096).", valueName: "n")
    )
    private var mostNames: Int?

    var names: Int { mostNames ?? 4096 }

    @Option(
        name: .customLong("clients"),
        help: ArgumentHelp("What clients are called: address, name or user (default: address).", valueName: "what"),
        transform: { text in
            guard let naming = ClientNaming(rawValue: text) else {
                throw ValidationError("known are address, name and user")
            }
            return naming
        }
    )
    private var naming: ClientNaming?

    var clients: ClientNaming { naming ?? .address }

    @Flag(help: "Use no characters but those of ASCII.")
    var ascii = false

    @Flag(name: .customLong("no-mouse"), help: "Leave the mouse to the terminal.")
    var leavesMouse = false

    @Option(
        help: ArgumentHelp("Whether the screen has colours: auto, always or never (default: auto).", valueName: "when"),
        transform: { text in
            guard let choice = ColorChoice(rawValue: text) else {
                throw ValidationError("known are auto, always and never")
            }
            return choice
        }
    )
    var color = ColorChoice.auto

    func validate() throws {
        guard .milliseconds(250) ... .seconds(3600) ~= interval else {
            throw ValidationError("-i takes a time from 250ms to 1h")
        }
        if let iterations {
            guard iterations >= 1 else { throw ValidationError("--iterations needs a number from 1 up") }
            guard batch || json else { throw ValidationError("--iterations is for --batch and --json") }
        }
        guard 1...16 ~= depth else { throw ValidationError("--depth takes a number from 1 to 16") }
        guard 1...1000 ~= rows else { throw ValidationError("--top takes a number from 1 to 1000") }
        guard 64...65_536 ~= names else { throw ValidationError("--names takes a number from 64 to 65536") }
    }

    /// How it is shown.
    var form: WatchTop.Form {
        get throws {
            if json { return .json }
            if batch { return .text }
            guard let look = ScreenLook(color: color, isASCII: ascii, hasMouse: !leavesMouse) else {
                throw ValidationError("top needs a terminal: --batch prints reports without one, and --json objects")
            }
            return .screen(look)
        }
    }

    static let rules = [
        OptionRule("--batch"), OptionRule("--json"), OptionRule("-i", "--interval", value: .text),
        OptionRule("--iterations", value: .text), OptionRule("--top", value: .text),
        OptionRule("--depth", value: .text), OptionRule("--names", value: .text),
        OptionRule("--clients", value: .text), OptionRule("--ascii"), OptionRule("--no-mouse"),
        OptionRule("--color", value: .text),
    ]
}
