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

            JSON, one object per line:
              message, pmessage, smessage
                       ts, node, channel, pattern, payload
              gap      ts, from, to, duration_ms, complete, missed_at_most, reason
              drop     ts, from, count, bytes: the output was too slow
            Bytes that are not UTF-8 appear as payload_base64. node appears
            when there may be several servers, and with --node.
            """,
        shouldDisplay: false,
        helpNames: .long
    )

    static let rule = CommandRule(
        "ssubscribe",
        options: MessageFormOptions.rules + MessageSelectionOptions.rules + RunOptions.rules + LinkOptions.rules
            + PrivateKeyOption.rules + ConnectionOptions.rules,
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Shard channels.")
    private var channel: [String] = []

    @OptionGroup(title: .ownTitle) var form: MessageFormOptions
    @OptionGroup(title: .selectionTitle) var selection: MessageSelectionOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let watch = WatchSubscriptions(
            shardChannels: try MessageFormOptions.names(arguments),
            selection: try selection.selection(endingWith: watching.ends.lastEvent())
        )
        guard !watch.isEmpty else { throw ValidationError("nothing to subscribe to: name shard channels") }
        return await watch.run(
            try links.target(connection, privateKey),
            form: form.form,
            settings: try watching.settings(arguments)
        )
    }
}
