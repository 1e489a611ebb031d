import ArgumentParser
import RwatchKit

/// A command of rwatch. The argument parser has read its options; names, patterns and payloads are bytes, and come beside.
///
/// What such a command declares as an argument, or as an option that takes bytes, stands there for the help alone.
protocol RwatchCommand: ParsableCommand {
    /// How its part of the command line is taken apart.
    static var rule: CommandRule { get }

    /// Does it, and says how the process ends.
    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus
}

/// The commands, in the order of suggestions.
enum CommandTable {
    static let types: [any RwatchCommand.Type] = [
        MonitorCommand.self, SubCommand.self, PatternSubCommand.self, ShardSubCommand.self, KeysCommand.self,
        PubCommand.self, ChannelsCommand.self, DemoCommand.self,
    ]

    static let rules = types.map { $0.rule } + [CommandRule("help")]
}
