import ArgumentParser
import RESP
import RwatchKit

struct ChannelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "channels",
        abstract: "List active channels and shard channels with their subscribers, and the number of patterns.",
        helpNames: .long
    )

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "One JSON object a line.")
    var json = false

    @Argument(help: "Only names that match this glob-style pattern.")
    var pattern: String?

    func run() async throws {
        let list = ListChannels(pattern: pattern.map { RedisBytes($0) }, isJSON: json)
        await list.run(try connection.target()).exit()
    }
}
