import ArgumentParser
import RedisRESP
import RwatchKit

/// The options that select events of every kind.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Only events that fulfil this condition, such as 'size > 1k and not (kind = message)'.",
            valueName: "expression"
        )
    )
    var condition: String?

    @Option(
        name: .joined("i", "include"),
        help: ArgumentHelp("Only lines that match this regular expression, or another one.", valueName: "regex")
    )
    var include: [String] = []

    @Option(
        name: .joined("e", "exclude"),
        help: ArgumentHelp("No lines that match this regular expression; may be repeated.", valueName: "regex")
    )
    var exclude: [String] = []

    @Option(
        help: ArgumentHelp("Only this part of the selected events, evenly: 1/100.", valueName: "k/n"),
        transform: { text in
            guard let rate = SampleRate(text) else { throw ValidationError("this is not a part such as 1/100") }
            return rate
        }
    )
    var sample: SampleRate?

    // A text, because errors repeat a value that is no number: who takes -A for -a gives it a password.
    @Option(
        name: .joined("A", "after"),
        help: ArgumentHelp(
            "Also print this many events that follow a selected one; -C counts them too.",
            valueName: "n"
        )
    )
    private var after: String?

    private var following: Int? { after.map { Int($0) } ?? 0 }

    func validate() throws {
        guard let following, following >= 0 else { throw ValidationError("-A needs a number from 0 up") }
    }

    /// The selection of these options.
    func selection(of stream: EventStreamKind) throws -> Selection {
        var selection = Selection()
        selection.expression = try condition.map {
            try Self.read("--where", $0) { try FilterExpression($0, for: stream) }
        }
        selection.included = try include.map { try Self.read("--include", $0) { try RegularExpression($0) } }
        selection.excluded = try exclude.map { try Self.read("--exclude", $0) { try RegularExpression($0) } }
        selection.sample = sample
        selection.following = following ?? 0
        return selection
    }

    private static func read<Value>(
        _ option: String,
        _ text: String,
        _ read: (String) throws -> Value
    ) throws -> Value {
        do { return try read(text) } catch let mistake as ExpressionError {
            throw SelectionError(option: option, mistake: mistake)
        }
    }

    static let rules = [
        OptionRule("--where", value: .text), OptionRule("-i", "--include", value: .text),
        OptionRule("-e", "--exclude", value: .text), OptionRule("--sample", value: .text),
        OptionRule("-A", "--after", value: .text, secrecy: .whole),
    ]
}

/// The size that selects commands and messages.
struct SizeOption: ParsableArguments {
    @Option(
        name: .customLong("min-size"),
        help: ArgumentHelp(
            "Only events with at least this many bytes of arguments or payload: 10k.",
            valueName: "size"
        ),
        transform: parseSize
    )
    var minimum: Int?

    static let rules = [OptionRule("--min-size", value: .text)]
}

/// The keys that select commands and key events.
struct KeyPatternOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only keys that match this glob-style pattern; may be repeated.", valueName: "pattern"),
        completion: .someKeys
    )
    var key: [String] = []

    @Option(
        name: .customLong("not-key"),
        help: ArgumentHelp("No keys that match this glob-style pattern; may be repeated.", valueName: "pattern")
    )
    var excludedKey: [String] = []

    /// Adds the patterns to a selection.
    func apply(to selection: inout Selection, beside connection: ConnectionOptions) throws {
        // In redis-cli the private key's option is --key. Whoever means that must not get an empty stream.
        if !key.isEmpty, connection.cert != nil, connection.certificateKey == nil {
            throw ValidationError(
                "--key selects keys here; name the private key of --cert by --cert-key, even if it is in the same file"
            )
        }
        selection.keys = key.map { RedisBytes($0) }
        selection.excludedKeys = excludedKey.map { RedisBytes($0) }
    }

    static let rules = [OptionRule("--key", value: .text), OptionRule("--not-key", value: .text)]
}

/// What `monitor` selects by.
struct CommandSelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("cmd"),
        help: ArgumentHelp("Only these commands, in any case: set,del.", valueName: "names")
    )
    var commands: [String] = []

    @Option(name: .customLong("not-cmd"), help: ArgumentHelp("None of these commands: ping.", valueName: "names"))
    var excludedCommands: [String] = []

    @Option(
        name: .customLong("cat"),
        help: ArgumentHelp("Only commands of these ACL categories of the server: write,@hash.", valueName: "names")
    )
    var categories: [String] = []

    @OptionGroup var keys: KeyPatternOptions

    @Option(
        help: ArgumentHelp(
            "Only these clients: 10.0.0.0/8, 10.0.0.1:5000, [::1]:5000; with commas between, or repeated.",
            valueName: "address"
        )
    )
    var client: [String] = []

    @Option(
        name: .customLong("lua"),
        help: ArgumentHelp(
            "Hide the commands of scripts and functions, print only them, or print them with their caller's address.",
            valueName: "hide|only|attribute"
        ),
        transform: { text in
            guard let scripts = Selection.Scripts(rawValue: text) else {
                throw ValidationError("this is neither hide nor only nor attribute")
            }
            return scripts
        }
    )
    var scripts: Selection.Scripts?

    @OptionGroup var size: SizeOption
    @OptionGroup var common: SelectionOptions

    /// Whether an option is given that only commands can fulfil.
    var isOfCommandsAlone: Bool {
        isOfCommandNamesAlone || !keys.key.isEmpty || !keys.excludedKey.isEmpty
    }

    /// The same, without keys, which events of keys have too.
    var isOfCommandNamesAlone: Bool {
        !commands.isEmpty || !excludedCommands.isEmpty || !categories.isEmpty || !client.isEmpty || scripts != nil
    }

    /// The selection of these options.
    func selection(beside connection: ConnectionOptions) throws -> Selection {
        var selection = try common.selection(of: .commands)
        selection.commands = try Self.names(commands, of: "--cmd")
        selection.excludedCommands = try Self.names(excludedCommands, of: "--not-cmd")
        selection.categories = try Self.names(categories, of: "--cat").map { name in
            let name = name.lowercased()
            return name.hasPrefix("@") ? String(name.dropFirst()) : name
        }
        try keys.apply(to: &selection, beside: connection)
        selection.clients = try Self.names(client, of: "--client").map { text in
            guard let pattern = ClientPattern(text) else {
                throw ValidationError("--client takes an address such as 10.0.0.1, 10.0.0.0/8:5000 or [::1]:5000")
            }
            return pattern
        }
        selection.scripts = scripts
        selection.minimumSize = size.minimum
        return selection
    }

    /// The names of a list with commas.
    private static func names(_ values: [String], of option: String) throws -> [String] {
        try values.flatMap { value in
            try value.split(separator: ",", omittingEmptySubsequences: false).map { part in
                let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                guard !name.isEmpty else { throw ValidationError("\(option) needs values with commas between") }
                return name
            }
        }
    }

    static let rules =
        [
            OptionRule("--cmd", value: .text), OptionRule("--not-cmd", value: .text), OptionRule("--cat", value: .text),
            OptionRule("--client", value: .text), OptionRule("--lua", value: .text),
        ] + KeyPatternOptions.rules + SizeOption.rules + SelectionOptions.rules
}

/// The clients that select commands by what their server tells of them.
struct ClientNameOptions: ParsableArguments {
    @Option(
        name: .customLong("client-name"),
        help: ArgumentHelp(
            "Only clients whose names match this glob-style pattern; may be repeated.",
            valueName: "pattern"
        )
    )
    private var names: [String] = []

    @Option(
        name: .customLong("by-user"),
        help: ArgumentHelp(
            "Only clients whose users match this glob-style pattern; may be repeated.",
            valueName: "pattern"
        )
    )
    private var users: [String] = []

    /// Adds the patterns to a selection.
    func apply(to selection: inout Selection) {
        selection.clientNames = names.map { RedisBytes($0) }
        selection.users = users.map { RedisBytes($0) }
    }

    static let rules = [OptionRule("--client-name", value: .text), OptionRule("--by-user", value: .text)]
}

/// What `sub` selects by.
struct MessageSelectionOptions: ParsableArguments {
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

    @OptionGroup var size: SizeOption
    @OptionGroup var common: SelectionOptions

    /// The selection of these options. It ends with the first message that fulfils `last`.
    func selection(endingWith last: RegularExpression?) throws -> Selection {
        var selection = try common.selection(of: .messages)
        selection.last = last
        selection.channels = channels.map { RedisBytes($0) }
        selection.excludedChannels = excludedChannels.map { RedisBytes($0) }
        selection.minimumSize = size.minimum
        return selection
    }

    static let rules =
        [OptionRule("--channel", value: .text), OptionRule("--not-channel", value: .text)] + SizeOption.rules
        + SelectionOptions.rules
}

/// What `keys` selects by.
struct KeySelectionOptions: ParsableArguments {
    @OptionGroup var keys: KeyPatternOptions
    @OptionGroup var common: SelectionOptions

    /// The selection of these options.
    func selection(beside connection: ConnectionOptions) throws -> Selection {
        var selection = try common.selection(of: .keyEvents)
        try keys.apply(to: &selection, beside: connection)
        return selection
    }

    static let rules = KeyPatternOptions.rules + SelectionOptions.rules
}
