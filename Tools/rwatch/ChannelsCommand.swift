import ArgumentParser
import RedisRESP
import RwatchKit

struct ChannelsCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "channels",
        abstract: "List active channels and shard channels with their subscribers, and the number of patterns.",
        usage: "rwatch channels [options] [pattern]",
        discussion: """
            Examples:
              rwatch channels                     all of them
              rwatch channels 'news.*'            those whose names match

            JSON, one object per line:
              channel, shardchannel
                       channel, subscribers
              patterns count
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "channels",
        options: [OptionRule("--json")] + ReplicaOption.rules + PrivateKeyOption.rules + ConnectionOptions.rules,
        operands: 0...1,
        called: "at most one pattern",
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Only names that match this glob-style pattern.")
    private var pattern: String?

    @OptionGroup(title: .ownTitle) var own: ChannelsOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) var replica: ReplicaOption

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var settings = connection.settings
        settings.wantsReplicas = replica.replicas
        try privateKey.apply(to: &settings)
        let list = ListChannels(pattern: arguments.operands.first, isJSON: own.json)
        return await list.run(Target(.servers(try settings.configurations())))
    }
}

struct ChannelsOptions: ParsableArguments {
    @Flag(help: "Print one JSON object per line.")
    var json = false
}
