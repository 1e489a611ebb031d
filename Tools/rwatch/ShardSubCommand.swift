import ArgumentParser
import RESP
import RwatchKit

struct ShardSubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssubscribe",
        abstract: "Print messages of shard channels, as redis-cli spells it.",
        shouldDisplay: false,
        helpNames: .long
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var notices: NoticeOptions
    @OptionGroup var form: MessageFormOptions

    @Argument(help: "Shard channels.")
    var shardChannels: [String]

    func run() async throws {
        let watch = WatchSubscriptions(shardChannels: shardChannels.map { RedisBytes($0) })
        await watch.run(try connection.target(), form: form.form, limits: limits.limits, isQuiet: notices.isQuiet)
            .exit()
    }
}
