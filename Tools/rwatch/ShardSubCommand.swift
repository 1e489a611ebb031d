import ArgumentParser
import RedisRESP
import RwatchKit

struct ShardSubCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssubscribe",
        abstract: "Print messages of shard channels; the same arguments as redis-cli.",
        usage: "rwatch ssubscribe [options] <channel ...>",
        discussion: """
            'rwatch sub' takes channels, patterns and shard channels together.

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
        shouldDisplay: false,
        helpNames: .long
    )

    static let rule = CommandRule(
        "ssubscribe",
        options: NameFileOption.rules + ShapeOptions.rules + MessageSelectionOptions.rules + RunOptions.rules
            + LinkOptions.rules
            + PrivateKeyOption.rules + ConnectionOptions.rules,
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Shard channels.")
    private var channel: [String] = []

    @OptionGroup(title: .ownTitle) private var files: NameFileOption
    @OptionGroup(title: .shapeTitle) var shape: ShapeOptions
    @OptionGroup(title: .selectionTitle) var selection: MessageSelectionOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let watch = WatchSubscriptions(
            shardChannels: try NameFileOption.names(arguments),
            selection: try selection.selection(endingWith: watching.ends.lastEvent())
        )
        guard !watch.isEmpty else { throw ValidationError("nothing to subscribe to: name shard channels") }
        return await watch.run(
            try links.target(connection, privateKey),
            form: try shape.form(of: .messages, isKept: watching.isKept(arguments), jobs: watching.jobs),
            settings: try watching.settings(arguments)
        )
    }
}
