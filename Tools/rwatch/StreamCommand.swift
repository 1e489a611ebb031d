import ArgumentParser
import RedisRESP
import RwatchKit

struct StreamCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Print entries of streams.",
        usage: "rwatch stream [options] <key ...>",
        discussion: """
            Examples:
              rwatch stream orders                what is appended from now on
              rwatch stream orders --from start   all that the stream has
              rwatch stream orders --from 10m     from ten minutes ago on
              rwatch stream orders --where 'field.item = "apple"' --json
              rwatch stream orders --json --state pos | kcat -P -t orders
                                                  goes on there the next time
              rwatch stream orders --group billing --consumer b1 --ack

            The output is waited for: what it does not take stays in the stream.
            With --state the position of an entry is kept when its line has been
            written, and with --ack it is acknowledged then, so that no entry is
            missing when rwatch is killed and begins again; the last ones come
            twice. A power cut may take lines that were written and not yet on
            the disk. Each run needs a --state file of its own. With --ack, what
            --where and --size leave out is acknowledged too: no other consumer
            gets it.

            JSON, one object per line, each with "v":1:
              entry    ts, stream, id, fields: an object; or pairs: an array of
                       arrays, when a name is there twice or is not UTF-8
              missing  ts, stream, missed, after, before; with --group: id: it
                       was trimmed or deleted
              rewound  ts, stream, lost, to: the server has lost entries
              deleted  ts, stream: there is no such stream any more
              restarted
                       ts, stream: its group was gone, and begins again with
                       the first entry
              refused  ts, stream, reason: it is tried again
            The last five appear as lines and in CSV too, and for people.
            Values that are not UTF-8 appear as {"base64":"…"}.

            Fields of -F: %t time, %T unix time, %K stream, %i id, %A fields as
            MONITOR writes arguments, %l their length, %k kind, %L line, %j JSON,
            %J JSON with values that are JSON in it, %s nothing, and @H @M … as
            strftime has them, @N nanoseconds. --raw prints the values alone.

            --where has the fields stream, id, size, kind and field.NAME, with
            field.NAME.a.b for what is within a value that is JSON.
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "stream",
        options: StreamOptions.rules + StreamPlaceOptions.rules + ShapeOptions.rules + DatabaseOption.rules
            + StreamSelectionOptions.rules + RunOptions.rules + LinkOptions.rules + PrivateKeyOption.rules
            + ConnectionOptions.rules
    )

    @Argument(help: "Keys of streams.", completion: .someKeys)
    private var key: [String] = []

    @OptionGroup(title: .ownTitle) var own: StreamOptions
    @OptionGroup(title: .ownTitle) var place: StreamPlaceOptions
    @OptionGroup(title: .ownTitle) var database: DatabaseOption
    @OptionGroup(title: .shapeTitle) var shape: ShapeOptions
    @OptionGroup(title: .selectionTitle) var selection: StreamSelectionOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let keys = arguments.operands
        guard !keys.isEmpty else { throw ValidationError("nothing to read: name the keys of streams") }
        try links.refuseNode()
        guard database.numbers.count < 2 else { throw ValidationError("-n takes one database here") }
        let settings = try watching.settings(arguments)
        let selection = try selection.selection(endingWith: watching.ends.lastEvent())
        let watch = try own.watch(keys, arguments, place, settings, selection)
        return await watch.run(
            try links.target(connection, privateKey, database: database.only),
            form: try shape.form(of: .entries, isKept: watching.isKept(arguments), jobs: watching.jobs),
            settings: settings
        )
    }
}

/// The consumer group.
struct StreamOptions: ParsableArguments {
    // Only for the help, like every option that takes bytes.
    @Option(help: ArgumentHelp("Read as a consumer of this group, which is made if need be.", valueName: "name"))
    private var group: String?

    @Option(help: ArgumentHelp("The consumer's name in the group (default: a random one).", valueName: "name"))
    private var consumer: String?

    @Flag(help: "Acknowledge entries of the group when their lines have been written.")
    private var ack = false

    /// What these options ask for.
    func watch(
        _ keys: [RedisBytes],
        _ arguments: ArrangedArguments,
        _ place: StreamPlaceOptions,
        _ settings: RunSettings,
        _ selection: Selection
    ) throws -> WatchStreams {
        let group = arguments["--group"].last
        let consumer = arguments["--consumer"].last
        let state = try place.stateFile(settings, arguments)
        guard let group else {
            if consumer != nil || ack { throw ValidationError("--consumer and --ack are for a group: --group") }
            return .streams(keys, from: place.from ?? .now, keepingPositionsIn: state, selection: selection)
        }
        if state != nil { throw ValidationError("--state and --group exclude each other: the group has its position") }
        guard ack else {
            throw ValidationError(
                "--group needs --ack: what is not acknowledged is given back, and would be delivered again and again"
            )
        }
        try StreamPlaceOptions.checkOutput(settings, "--ack acknowledges")
        guard
            let watch = WatchStreams.group(
                group,
                of: keys,
                consumer: consumer,
                from: place.from ?? .now,
                selection: selection
            )
        else { throw ValidationError("a group begins at start, at an id, or now, and not at a time") }
        return watch
    }

    static let rules = [
        OptionRule("--group", value: .bytes), OptionRule("--consumer", value: .bytes), OptionRule("--ack"),
    ]
}

/// Where streams and durable channels are read from.
struct StreamPlaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to begin: start, now (the default), behind an id, or at a time: 2026-12-01T11:35:18Z, or 10m ago.",
            valueName: "place"
        ),
        transform: { text in
            guard let place = StreamPlace(text) else {
                throw ValidationError("this is neither start nor now nor an id nor a time")
            }
            return place
        }
    )
    var from: StreamPlace?

    // Only for the help, like every option that takes bytes.
    @Option(
        help: ArgumentHelp(
            "Keep the position of what was written in this file, and begin behind it the next time.",
            valueName: "file"
        )
    )
    private var state: String?

    /// The file of positions, if there is one.
    func stateFile(_ settings: RunSettings, _ arguments: ArrangedArguments) throws -> String? {
        guard let path = arguments["--state"].last else { return nil }
        try Self.checkOutput(settings, "--state keeps")
        guard let text = path.text, !text.isEmpty else { throw ValidationError("--state needs the path of a file") }
        return text
    }

    /// Throws when the output may lose something.
    static func checkOutput(_ settings: RunSettings, _ words: String) throws {
        if settings.jobs != nil {
            throw ValidationError("\(words) what was written; whether a command of --exec succeeds is not known then")
        }
        if let overflow = settings.overflow, overflow != .block {
            throw ValidationError("\(words) what was written; --overflow \(overflow.rawValue) would lose the rest")
        }
    }

    static let rules = [OptionRule("--from", value: .text), OptionRule("--state", value: .bytes)]
}

/// What `stream` selects by.
struct StreamSelectionOptions: ParsableArguments {
    @OptionGroup var size: SizeOption
    @OptionGroup var common: SelectionOptions

    /// The selection of these options. It ends with the first entry that fulfils `last`.
    func selection(endingWith last: RegularExpression?) throws -> Selection {
        var selection = try common.selection(of: .entries)
        selection.last = last
        selection.minimumSize = size.minimum
        return selection
    }

    static let rules = SizeOption.rules + SelectionOptions.rules
}
