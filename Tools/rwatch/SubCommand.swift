import ArgumentParser
import RESP
import RwatchKit

struct SubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sub",
        abstract: "Print messages of channels, patterns and shard channels.",
        discussion: "'psubscribe' and 'ssubscribe' take the names as redis-cli does.",
        helpNames: .long,
        aliases: ["subscribe"]
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var notices: NoticeOptions
    @OptionGroup var form: MessageFormOptions

    @Argument(help: "Channels.")
    var channels: [String] = []

    @Option(name: .joined("P", "pattern"), help: "A glob-style pattern; may be given again.")
    var patterns: [String] = []

    @Option(name: .joined("S", "shard"), help: "A shard channel; may be given again.")
    var shardChannels: [String] = []

    func validate() throws {
        if channels.isEmpty && patterns.isEmpty && shardChannels.isEmpty {
            throw ValidationError("nothing to subscribe to: name a channel, a pattern (-P) or a shard channel (-S)")
        }
    }

    func run() async throws {
        let watch = WatchSubscriptions(
            channels: channels.map { RedisBytes($0) },
            patterns: patterns.map { RedisBytes($0) },
            shardChannels: shardChannels.map { RedisBytes($0) }
        )
        await watch.run(try connection.target(), form: form.form, limits: limits.limits, isQuiet: notices.isQuiet)
            .exit()
    }
}

/// How messages are printed.
struct MessageFormOptions: ParsableArguments {
    @Flag(help: "The payload and a line feed.")
    var raw = false

    @Flag(help: "One JSON object a line.")
    var json = false

    var form: MessageForm { json ? .json : raw ? .raw : .line }

    func validate() throws {
        if raw && json { throw ValidationError("--raw and --json exclude each other") }
    }
}
