import ArgumentParser
import RedisRESP
import RwatchKit

struct SubCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "sub",
        abstract: "Print messages of channels, patterns and shard channels.",
        usage: "rwatch sub [options] [channel ...]",
        discussion: """
            Examples:
              rwatch sub orders                   a channel
              rwatch sub -P 'cache.*' -S stock    a pattern and a shard channel
              rwatch sub orders --json | jq .     as JSON, one object per line
              rwatch sub orders --where 'json.user.id = 42 or size > 10k'
                                                  only some of the messages
              rwatch sub orders -F '@H:@M:@S %c: %p'
                                                  in a form of your own
              rwatch sub --names-from names.txt   many channels
              rwatch sub --durable orders --state pos
                                                  goes on there the next time

            A name that the server refuses is reported; the others are watched.
            'psubscribe' and 'ssubscribe' take the same arguments as redis-cli.

            JSON, one object per line, each with "v":1:
              message, pmessage, smessage
                       ts, node, channel, pattern, payload
              gap      ts, from, to, duration_ms, complete, missed_at_most, reason
              drop     ts, from, count, bytes: the output was too slow
            With --durable also, as lines and in CSV too, and for people:
              replayed ts, channel, payload: read from the stream
              missing  ts, channel, missed, after, before: trimmed
              rewound  ts, channel, lost, to: the server has lost messages
              refused  ts, channel, reason: it is tried again
            Bytes that are not UTF-8 appear as payload_base64. node appears
            when there may be several servers, and with --node.

            Fields of -F: %t time, %T unix time, %c channel, %P pattern, %p
            payload, %q payload in quotes, %x hexadecimal, %b base64, %l length,
            %s server, %k kind, %L line, %j JSON, %J JSON with a payload that is
            JSON in it, and @H @M … as strftime has them, @N nanoseconds.
            %-20.20c: to the left, 20 columns, no more than 20.
            """,
        helpNames: .long,
        aliases: ["subscribe"]
    )

    static let rule = CommandRule(
        "sub",
        "subscribe",
        options: SubNames.rules + DurableOption.rules + StreamPlaceOptions.rules + NameFileOption.rules
            + ShapeOptions.rules + MessageSelectionOptions.rules + RunOptions.rules + LinkOptions.rules
            + PrivateKeyOption.rules + ConnectionOptions.rules,
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Channels.", completion: .activeChannels)
    private var channel: [String] = []

    @OptionGroup(title: .ownTitle) private var names: SubNames
    @OptionGroup(title: .ownTitle) var durable: DurableOption
    @OptionGroup(title: .ownTitle) var place: StreamPlaceOptions
    @OptionGroup(title: .ownTitle) private var files: NameFileOption
    @OptionGroup(title: .shapeTitle) var shape: ShapeOptions
    @OptionGroup(title: .selectionTitle) var selection: MessageSelectionOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let channels = try NameFileOption.names(arguments)
        let settings = try watching.settings(arguments)
        let form = try shape.form(of: .messages, isKept: watching.isKept(arguments), jobs: watching.jobs)
        if durable.isDurable {
            guard arguments["--pattern"].isEmpty, arguments["--shard"].isEmpty, !channels.isEmpty else {
                throw ValidationError("--durable takes channels, without -P and -S")
            }
            try links.refuseNode()
            let watch = WatchStreams.channels(
                channels,
                from: place.from ?? .now,
                keepingPositionsIn: try place.stateFile(settings, arguments),
                selection: try selection.selection(endingWith: watching.ends.lastEvent())
            )
            return await watch.run(try links.target(connection, privateKey), form: form, settings: settings)
        }
        if place.from != nil || !arguments["--state"].isEmpty {
            throw ValidationError("--from and --state are for --durable: nothing keeps other messages")
        }
        let watch = WatchSubscriptions(
            channels: channels,
            patterns: arguments["--pattern"],
            shardChannels: arguments["--shard"],
            selection: try selection.selection(endingWith: watching.ends.lastEvent())
        )
        guard !watch.isEmpty else {
            throw ValidationError("nothing to subscribe to: name a channel, a pattern (-P) or a shard channel (-S)")
        }
        return await watch.run(
            try links.target(connection, privateKey),
            form: form,
            settings: settings
        )
    }
}

/// Whether the channels are durable.
struct DurableOption: ParsableArguments {
    @Flag(
        name: .customLong("durable"),
        help: "Read durable channels ('pub --durable'): what was missed is read from their streams."
    )
    var isDurable = false

    static let rules = [OptionRule("--durable")]
}

/// The names to subscribe to beside channels, only for the help.
struct SubNames: ParsableArguments {
    @Option(name: .joined("P", "pattern"), help: "A glob-style pattern; may be given again.")
    private var pattern: [String] = []

    @Option(
        name: .joined("S", "shard"),
        help: ArgumentHelp("A shard channel; may be given again.", valueName: "channel")
    )
    private var shard: [String] = []

    static let rules = [OptionRule("-P", "--pattern", value: .bytes), OptionRule("-S", "--shard", value: .bytes)]
}
