import ArgumentParser
import RedisRESP
import RwatchKit

struct PubCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "pub",
        abstract: "Publish a message and print how many subscriptions received it.",
        usage: "rwatch pub [options] <channel> [message]",
        discussion: """
            Without a message, all of standard input is the message. In a
            cluster, only subscriptions at this node are counted.

            Examples:
              rwatch pub orders hello             a message
              rwatch pub orders < order.json      the contents of a file
              tail -f log | rwatch pub -l lines   a message for each line
            """,
        helpNames: .long,
        aliases: ["publish"]
    )

    static let rule = CommandRule(
        "pub",
        "publish",
        options: PubOptions.rules + PrivateKeyOption.rules + ConnectionOptions.rules,
        operands: 1...2,
        called: "a channel and at most one message; quote a message that has blanks",
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "The channel.")
    private var channel: String?

    @Argument(help: "The message.")
    private var message: String?

    @OptionGroup(title: "What to publish") var own: PubOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        let message = arguments.operands.dropFirst().first
        if own.lines && message != nil {
            throw ValidationError("-l takes the messages from standard input; leave out the one in the command line")
        }
        let publish = PublishMessages(
            channel: arguments.operands[0],
            source: own.lines ? .lines : message.map { .argument($0) } ?? .standardInput,
            isShard: own.shard
        )
        var settings = connection.settings
        try privateKey.apply(to: &settings)
        return await publish.run(Target(.servers(try settings.configurations())))
    }
}

struct PubOptions: ParsableArguments {
    @Flag(name: [.customShort("l"), .customLong("lines")], help: "Publish each line of standard input as a message.")
    var lines = false

    @Flag(help: "Publish to a shard channel.")
    var shard = false

    static let rules = [OptionRule("-l", "--lines"), OptionRule("--shard")]
}
