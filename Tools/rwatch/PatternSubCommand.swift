import ArgumentParser
import RESP
import RwatchKit

struct PatternSubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "psubscribe",
        abstract: "Print messages of patterns, as redis-cli spells it.",
        shouldDisplay: false,
        helpNames: .long
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var notices: NoticeOptions
    @OptionGroup var form: MessageFormOptions

    @Argument(help: "Glob-style patterns.")
    var patterns: [String]

    func run() async throws {
        let watch = WatchSubscriptions(patterns: patterns.map { RedisBytes($0) })
        await watch.run(try connection.target(), form: form.form, limits: limits.limits, isQuiet: notices.isQuiet)
            .exit()
    }
}
