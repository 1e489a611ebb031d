import ArgumentParser
import RwatchKit

struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Print every command that the server executes.",
        discussion: """
            One line a command, byte for byte what 'redis-cli monitor' prints,
            without its OK. MONITOR costs the server a good part of its
            throughput while it runs; rwatch always reads, and drops what the
            output does not take.
            """,
        helpNames: .long
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() async throws {
        await WatchMonitor.run(try connection.target(), form: json ? .json : .line, limits: limits.limits).exit()
    }
}
