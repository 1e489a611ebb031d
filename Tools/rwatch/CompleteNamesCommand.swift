import ArgumentParser
import RedisRESP
import RwatchKit

/// What completions call. It is for shells, and no help names it.
struct CompleteNamesCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete-names",
        abstract: "Print names of the last server for the completions of a shell.",
        usage: "rwatch complete-names <channels|keys> [prefix]",
        shouldDisplay: false,
        helpNames: .long
    )

    static let rule = CommandRule(
        "complete-names",
        options: ConnectionOptions.rules,
        operands: 1...2,
        called: "channels or keys, and what the names begin with"
    )

    @Argument(help: "channels or keys.") private var kind: String?
    @Argument(help: "What the names begin with.") private var prefix: String?
    @OptionGroup(title: .connectionTitle) private var connection: ConnectionOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        guard let kind = arguments.operands.first?.text.flatMap({ CompleteNames.Kind(rawValue: $0) }) else {
            throw ValidationError("there are names of channels and keys")
        }
        // Without the variable no server is asked.
        guard LastServer.isWanted() else { return .success }
        let prefix = arguments.operands.dropFirst().first ?? ""
        return await CompleteNames.run(kind, prefix, Target(.servers(try connection.settings.configurations())))
    }
}
