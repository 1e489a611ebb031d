import ArgumentParser
import RESP
import RwatchKit

struct PubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pub",
        abstract: "Publish a message and print how many subscriptions got it.",
        discussion:
            "Without a message, all of standard input is one. In a cluster only this node's subscriptions count.",
        helpNames: .long,
        aliases: ["publish"]
    )

    @OptionGroup var connection: ConnectionOptions

    @Flag(name: [.customShort("l"), .customLong("lines")], help: "Publish each line of standard input as a message.")
    var lines = false

    @Flag(help: "Publish to a shard channel.")
    var shard = false

    @Argument(help: "The channel.")
    var channel: String

    @Argument(help: "The message.")
    var message: String?

    func validate() throws {
        if lines && message != nil {
            throw ValidationError("-l takes the messages from standard input; leave out '\(message ?? "")'")
        }
    }

    func run() async throws {
        let source: PublishMessages.Source =
            lines ? .lines : message.map { .argument(RedisBytes($0)) } ?? .standardInput
        let publish = PublishMessages(channel: RedisBytes(channel), source: source, isShard: shard)
        await publish.run(try connection.target()).exit()
    }
}
