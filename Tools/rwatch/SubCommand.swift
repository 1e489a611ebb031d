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

            A name that the server refuses is reported; the others are watched.
            'psubscribe' and 'ssubscribe' take the same arguments as redis-cli.

            JSON, one object per line, each with "v":1:
              message, pmessage, smessage
                       ts, node, channel, pattern, payload
              gap      ts, from, to, duration_ms, complete, missed_at_most, reason
              drop     ts, from, count, bytes: the output was too slow
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
        options: SubNames.rules + NameFileOption.rules + ShapeOptions.rules + MessageSelectionOptions.rules
            + RunOptions.rules
            + LinkOptions.rules + PrivateKeyOption.rules + ConnectionOptions.rules,
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Channels.", completion: .activeChannels)
    private var channel: [String] = []

    @OptionGroup(title: .ownTitle) private var names: SubNames

    @OptionGroup(title: .ownTitle) private var files: NameFileOption
    @OptionGroup(title: .shapeTitle) var shape: ShapeOptions
    @OptionGroup(title: .selectionTitle) var selection: MessageSelectionOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let channels = try NameFileOption.names(arguments)
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
            form: try shape.form(of: .messages, isKept: watching.isKept(arguments), jobs: watching.jobs),
            settings: try watching.settings(arguments)
        )
    }
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
