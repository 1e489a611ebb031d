/// How events are printed, as the user asked for it. It knows no terminal: what a terminal is like has gone into it.
package struct EventShape: Sendable {
    /// The form of an event.
    package enum Form: Sendable {
        /// MONITOR's own grammar.
        case line
        /// The server's line of a command, byte for byte.
        case verbatimLine
        /// Columns for people.
        case pretty
        /// One JSON object in a line.
        case json
        /// One record of comma-separated values (RFC 4180).
        case csv
        /// The payload or the key, and a delimiter.
        case raw
        /// A command or a message as RESP2 frames it.
        case resp
        /// What `--format` says.
        case template(EventTemplate)
    }

    /// How much of a value is shown.
    package enum Cut: Sendable, Equatable {
        /// All of it.
        case none
        /// At most so many bytes.
        case bytes(Int)
        /// What fits into a line of the terminal.
        case width
    }

    package var form: Form
    package var time: TimeStyle
    /// Whether times are in UTC and not in the zone of the process.
    package var isUTC: Bool
    package var cut: Cut
    package var redaction: Redaction?
    package var binary: BinaryStyle
    /// Whether the output shows colours.
    package var isColored: Bool
    /// What is highlighted in colours.
    package var highlights: [RegularExpression]
    /// What ends an event in the forms `raw` and `template`.
    package var delimiter: [UInt8]
    /// Whether the output is a terminal, which payloads must not be able to control.
    package var isTerminal: Bool
    /// Whether each event goes to a command, with what is known of it.
    package var isForJobs = false

    package init(_ form: Form, time: TimeStyle = .unix) {
        self.form = form
        self.time = time
        isUTC = false
        cut = .none
        binary = .escape
        isColored = false
        highlights = []
        delimiter = [UInt8(ascii: "\n")]
        isTerminal = false
    }

    var isPretty: Bool {
        if case .pretty = form { true } else { false }
    }

    /// Whether the places of keys in commands must be known.
    var needsKeys: Bool {
        if isForJobs { return true }
        if case .template(let template) = form, template.needsKeys { return true }
        return redaction?.needsKeys ?? false
    }

    /// What of the clients of commands must be known.
    package var clientNeeds: (names: Bool, users: Bool) {
        if case .template(let template) = form { (template.needsNames, template.needsUsers) } else { (false, false) }
    }

    /// The first line of the output, for a form that has one.
    package func header(of stream: EventStreamKind) -> [UInt8] {
        if isForJobs { return [] }
        return if case .csv = form { CSVForm.header(of: stream) } else { [] }
    }
}

/// The form in which a watch prints its events.
package enum EventForm: Sendable {
    /// Print MONITOR's own grammar: what the server wrote of a command, with control characters and similar ones
    /// escaped, `TS message "ch" "payload"`, or `TS [database] event "key"`.
    case line
    /// Print the payload of a message, or the server's line of a command, and a line feed, byte for byte.
    case verbatim
    /// Print one JSON object per line.
    case json
    /// Print any other form, or one of these with something left out.
    case shaped(EventShape)

    /// Which of the cases a form is, without its shape: what each event asks.
    enum Way {
        case line
        case verbatim
        case json
        case shaped
    }

    var way: Way {
        switch self {
        case .line: .line
        case .verbatim: .verbatim
        case .json: .json
        case .shaped: .shaped
        }
    }

    /// Whether the data is JSON, and so contains records of losses and gaps.
    package var isJSON: Bool {
        switch self {
        case .json: true
        case .shaped(let shape): if case .json = shape.form { !shape.isForJobs } else { false }
        case .line, .verbatim: false
        }
    }

    /// What ends each event.
    var delimiter: [UInt8] {
        guard case .shaped(let shape) = self else { return [UInt8(ascii: "\n")] }
        switch shape.form {
        case .raw, .template: return shape.delimiter
        case .line, .verbatimLine, .pretty, .json, .csv, .resp: return [UInt8(ascii: "\n")]
        }
    }

    /// Whether the places of keys in commands must be known.
    var needsKeys: Bool {
        if case .shaped(let shape) = self { shape.needsKeys } else { false }
    }

    /// The first line of the output, for a form that has one.
    func header(of stream: EventStreamKind) -> [UInt8] {
        if case .shaped(let shape) = self { shape.header(of: stream) } else { [] }
    }

    /// What writes events in this form; `nil` for the forms that are written without it.
    ///
    /// - Parameters:
    ///   - table: The commands of the server.
    ///   - width: The columns of the terminal, asked for again and again; `nil` when there is no limit.
    /// - Returns: A writer for one sink, on the loop's thread.
    func shaper(_ table: CommandCatalog = .builtIn, width: @escaping () -> Int? = { nil }) -> EventShaper? {
        if case .shaped(let shape) = self { EventShaper(shape, table: table, width: width) } else { nil }
    }
}
