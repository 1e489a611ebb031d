import ArgumentParser
import RwatchKit

/// A command of rwatch. The argument parser has read its options; names, patterns and payloads are bytes, and are
/// passed separately.
///
/// An argument, or an option that takes bytes, is declared in such a command only for the help.
protocol RwatchCommand: ParsableCommand {
    /// How the command's part of the command line is read.
    static var rule: CommandRule { get }

    /// Runs the command, and returns the exit status.
    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus
}

/// The commands, in the order of suggestions.
enum CommandTable {
    static let types: [any RwatchCommand.Type] = [
        MonitorCommand.self, SubCommand.self, PatternSubCommand.self, ShardSubCommand.self, StreamCommand.self,
        KeysCommand.self, PubCommand.self, ChannelsCommand.self, StatCommand.self, TopCommand.self, WebCommand.self,
        ReplayCommand.self, CheckCommand.self, BenchCommand.self, DemoCommand.self, CompletionCommand.self,
        CompleteNamesCommand.self,
    ]

    /// Whether a command with that name goes to a server that the user may mean again.
    static func usesServers(_ name: String) -> Bool {
        !["help", "demo", "completion", "complete-names"].contains(name)
    }

    static let rules = types.map { $0.rule } + [CommandRule("help")]
}
