import ArgumentParser
import RedisRESP
import RwatchKit

struct CheckCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check what a server permits, and what watching it may do to it.",
        usage: "rwatch check [options] [channel ...]",
        discussion: """
            One line for each thing: a verdict (ok, note, warning or wrong), the
            server, and what was found, with what to do about it. The status is 1
            when something is wrong. It takes a second for each server, because
            that is how long commands are counted.

            Examples:
              rwatch check                        the server of RWATCH_URL
              rwatch check -c -h node1            all primaries of a cluster
              rwatch check orders -P 'cache.*'    may this user subscribe to them?
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "check",
        options: CheckOptions.rules + PrivateKeyOption.rules + ConnectionOptions.rules,
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Channels that somebody wants to watch.", completion: .activeChannels)
    private var channel: [String] = []

    @OptionGroup(title: "What to check") var own: CheckOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var settings = connection.settings
        try privateKey.apply(to: &settings)
        let check = CheckServers(
            channels: arguments.operands,
            patterns: arguments["--pattern"],
            isJSON: own.json
        )
        return await check.run(try settings.configurations())
    }
}

struct CheckOptions: ParsableArguments {
    // Only for the help, like every option that takes bytes.
    @Option(name: .joined("P", "pattern"), help: "A glob-style pattern that somebody wants to watch; may be repeated.")
    private var pattern: [String] = []

    @Flag(help: "Print one JSON object per line.")
    var json = false

    static let rules = [OptionRule("-P", "--pattern", value: .bytes), OptionRule("--json")]
}
