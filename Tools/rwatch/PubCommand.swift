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
              rwatch pub -l lines --rate 100 < f  at most 100 a second
              rwatch pub orders hi --require 1    fails if nobody listens
              rwatch pub --durable orders hi --keep 1d
                                                  kept for those that are away;
                                                  prints its id
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

    @Argument(help: "The channel.", completion: .activeChannels)
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
            isShard: own.shard,
            leastReceivers: own.require ?? 0,
            replyTimeout: own.replyTimeout,
            rate: own.rate,
            retention: own.isDurable ? own.retention ?? .usual : nil
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

    @Option(
        help: ArgumentHelp("End with status 1 if fewer subscriptions than this received a message.", valueName: "n")
    )
    var require: Int?

    @Option(
        name: .customLong("reply-timeout"),
        help: ArgumentHelp("Wait this long for the reply to each message (default: 30s).", valueName: "time"),
        transform: parseDuration
    )
    var replyTimeout: Duration = .seconds(30)

    @Option(
        name: .joined("r", "rate"),
        help: ArgumentHelp("Publish at most so many messages a second; needs -l.", valueName: "n")
    )
    var rate: Int?

    @Flag(
        name: .customLong("durable"),
        help: "Publish on a durable channel, which keeps messages in a stream, and print the id of each."
    )
    var isDurable = false

    @Option(
        name: .customLong("keep"),
        help: ArgumentHelp(
            "How much a durable channel keeps: so many messages, 10mb, 12h, or all (default: 10000).",
            valueName: "amount"
        ),
        transform: { text in
            guard let retention = MessageRetention(text) else {
                throw ValidationError("this is neither a number nor a size such as 10mb nor a time such as 12h nor all")
            }
            return retention
        }
    )
    var retention: MessageRetention?

    func validate() throws {
        if retention != nil, !isDurable { throw ValidationError("--keep is for --durable") }
        if isDurable, require != nil || shard {
            throw ValidationError("--durable goes neither with --require nor with --shard: the server has the messages")
        }
        if let require, require < 0 { throw ValidationError("--require needs a number from 0 up") }
        if replyTimeout <= .zero { throw ValidationError("--reply-timeout needs a time above 0") }
        if let rate, rate < 1 { throw ValidationError("--rate needs a number from 1 up") }
        if rate != nil, !lines { throw ValidationError("--rate needs -l: there is only one message") }
    }

    static let rules = [
        OptionRule("-l", "--lines"), OptionRule("--shard"), OptionRule("--require", value: .text),
        OptionRule("--reply-timeout", value: .text), OptionRule("-r", "--rate", value: .text),
        OptionRule("--durable"), OptionRule("--keep", value: .text),
    ]
}
