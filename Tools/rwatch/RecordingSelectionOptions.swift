import ArgumentParser
import RedisRESP
import RwatchKit

/// Which events of a recording are used. It may hold commands and messages: an option for one kind leaves out the
/// other.
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
            if selection.scripts == .attribute {
                throw ValidationError("--lua attribute is for monitor: commands of scripts are never sent again")
            }
            if selection.needsNames || selection.needsUsers {
                throw ValidationError("a recording does not tell the names and users of clients: --where asks for them")
            }
            selection.databases = databases
            return .some(selection)
        } catch is SelectionError where (try? commands.common.selection(of: .messages)) != nil {
            return .none
        }
    }

    private func messagePart() throws -> RecordingSelection.Part {
        do {
            return .some(try messages())
        } catch is SelectionError where (try? commands.common.selection(of: .commands)) != nil { return .none }
    }

    private func messages() throws -> Selection {
        var selection = try commands.common.selection(of: .messages)
        selection.channels = channels.channels.map { RedisBytes($0) }
        selection.excludedChannels = channels.excludedChannels.map { RedisBytes($0) }
        selection.minimumSize = commands.size.minimum
        return selection
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

// One kind of event alone: that of a watch. What only another kind has is a mistake then.
extension RecordingSelectionOptions {
    /// The selection of commands.
    func commandSelection(beside connection: ConnectionOptions) throws -> Selection {
        try refuse(channels.isUsed, "--channel and --not-channel are for messages: 'sub'")
        return try commands.selection(beside: connection)
    }

    /// The selection of messages. It ends with the first message that fulfils `last`.
    func messageSelection(endingWith last: RegularExpression?) throws -> Selection {
        try refuse(commands.isOfCommandsAlone, "--cmd, --key, --client and their kind are not for messages")
        var selection = try messages()
        selection.last = last
        return selection
    }

    /// The selection of events of keys.
    func keySelection(beside connection: ConnectionOptions) throws -> Selection {
        try refuse(channels.isUsed, "--channel and --not-channel are for messages: 'sub'")
        try refuse(
            commands.isOfCommandNamesAlone || commands.size.minimum != nil,
            "--cmd, --client, --min-size and their kind are not for events of keys"
        )
        var selection = try commands.common.selection(of: .keyEvents)
        try commands.keys.apply(to: &selection, beside: connection)
        return selection
    }

    private func refuse(_ isWrong: Bool, _ words: String) throws {
        if isWrong { throw ValidationError(words) }
    }

    /// The selection of these options for a recording whose events of keys are of use, too.
    func selectionWithKeyEvents(beside connection: ConnectionOptions, databases: [Int]) throws -> RecordingSelection {
        var events: Selection?
        if !channels.isUsed, !commands.isOfCommandNamesAlone, commands.size.minimum == nil {
            // The condition may speak of what events of keys do not have.
            do { events = try keySelection(beside: connection) } catch is SelectionError {}
            events?.databases = databases
        }
        do {
            var selection = try selection(beside: connection, databases: databases)
            selection.keyEvents = events.map { .some($0) } ?? .none
            return selection
        } catch let mistake as SelectionError {
            guard let events else { throw mistake }
            return RecordingSelection(commands: .none, messages: .none, keyEvents: .some(events))
        }
    }
}
