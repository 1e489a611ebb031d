import ArgumentParser
import RedisRESP
import RwatchKit

/// Which events of a recording are used. It may hold commands and messages: an option for one kind leaves out the other.
struct RecordingSelectionOptions: ParsableArguments {
    @OptionGroup var commands: CommandSelectionOptions
    @OptionGroup var channels: RecordingChannelOptions

    /// The selection of these options, and of the databases that are asked for.
    func selection(beside connection: ConnectionOptions, databases: [Int]) throws -> RecordingSelection {
        let isOfCommands = commands.isOfCommandsAlone || !databases.isEmpty
        let isOfMessages = channels.isUsed
        if isOfCommands && isOfMessages {
            throw ValidationError("--channel and --not-channel are for messages, which have none of the other options")
        }
        var selection = RecordingSelection()
        selection.commands = isOfMessages ? .none : try commandPart(connection, databases)
        selection.messages = isOfCommands ? .none : try messagePart()
        // A condition may speak of what commands alone have, or messages alone.
        if case .none = selection.commands, case .none = selection.messages {
            _ = try commands.selection(beside: connection)
        }
        return selection
    }

    private func commandPart(
        _ connection: ConnectionOptions,
        _ databases: [Int]
    ) throws -> RecordingSelection.Part {
        do {
            var selection = try commands.selection(beside: connection)
            selection.databases = databases
            return .some(selection)
        } catch is SelectionError where (try? commands.common.selection(of: .messages)) != nil {
            return .none
        }
    }

    private func messagePart() throws -> RecordingSelection.Part {
        do {
            var selection = try commands.common.selection(of: .messages)
            selection.channels = channels.channels.map { RedisBytes($0) }
            selection.excludedChannels = channels.excludedChannels.map { RedisBytes($0) }
            selection.minimumSize = commands.size.minimum
            return .some(selection)
        } catch is SelectionError where (try? commands.common.selection(of: .commands)) != nil {
            return .none
        }
    }

    static let rules = CommandSelectionOptions.rules + RecordingChannelOptions.rules
}

/// The channels that select messages of a recording.
struct RecordingChannelOptions: ParsableArguments {
    @Option(
        name: .customLong("channel"),
        help: ArgumentHelp("Only channels that match this glob-style pattern; may be repeated.", valueName: "pattern")
    )
    var channels: [String] = []

    @Option(
        name: .customLong("not-channel"),
        help: ArgumentHelp("No channels that match this glob-style pattern; may be repeated.", valueName: "pattern")
    )
    var excludedChannels: [String] = []

    /// Whether messages alone are asked for.
    var isUsed: Bool { !channels.isEmpty || !excludedChannels.isEmpty }

    static let rules = [OptionRule("--channel", value: .text), OptionRule("--not-channel", value: .text)]
}
