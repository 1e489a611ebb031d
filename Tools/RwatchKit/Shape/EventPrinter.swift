import RedisRESP

/// Writes events in the form of a shape. What must not be shown is left out of them already.
struct EventPrinter: ~Copyable {
    private enum Kind {
        case line
        case verbatimLine
        case pretty
        case json
        case csv
        case raw
        case resp
        case template
    }

    private let kind: Kind
    private let shape: EventShape
    /// The columns of the terminal, and what they were when somebody asked last.
    private let width: () -> Int?
    private var columns: Int?
    private var knowsColumns = false
    private var tools: TemplateWriter.Tools
    private var template: TemplateWriter
    private var pretty: PrettyForm
    private var highlighter: Highlighter

    init(_ shape: EventShape, _ table: CommandCatalog, _ width: @escaping () -> Int?) {
        self.shape = shape
        self.width = width
        var format = EventTemplate.empty
        switch shape.form {
        case .line: kind = .line
        case .verbatimLine: kind = .verbatimLine
        case .pretty: kind = .pretty
        case .json: kind = .json
        case .csv: kind = .csv
        case .raw: kind = .raw
        case .resp: kind = .resp
        case .template(let template):
            kind = .template
            format = template
        }
        tools = TemplateWriter.Tools(
            reader: EventReader(table, []),
            clock: TimeWriter(shape.time, isUTC: shape.isUTC),
            json: MonitorLineJSON(shape.binary == .hex ? .hex : .b64)
        )
        template = TemplateWriter(format, shape)
        pretty = PrettyForm(shape)
        highlighter = Highlighter(shape)
    }

    /// Forgets how wide the terminal is: people change that.
    mutating func forgetWidth() { knowsColumns = false }

    /// Appends an event, or a record of it for a command.
    ///
    /// - Parameters:
    ///   - event: The event; its time is when it came.
    ///   - label: What names its server.
    ///   - buffer: Where to.
    /// - Returns: Whether a command could be read.
    mutating func append(
        _ event: borrowing SelectedEvent,
        label: [UInt8],
        to buffer: inout OutputBuffer
    ) -> Bool {
        tools.reader.begin()
        if shape.isForJobs { return appendRecord(event, label: label, to: &buffer) }
        return appendForm(event, label: label, to: &buffer)
    }

    // Beside a process an allocation costs nothing.
    private mutating func appendRecord(
        _ event: borrowing SelectedEvent,
        label: [UInt8],
        to buffer: inout OutputBuffer
    ) -> Bool {
        var variables = OutputBuffer(capacity: 256)
        var input = OutputBuffer(capacity: 256)
        let isKnown = appendForm(event, label: label, to: &input)
        JobVariables.append(event, &tools.reader, to: &variables)
        JobRecord.append(variables, input, to: &buffer)
        return isKnown
    }

    /// Appends the values of an entry, each with the delimiter behind it.
    private mutating func appendValues(_ fields: RawSpan, to buffer: inout OutputBuffer) {
        tools.reader.arguments.begin(at: 0)
        var index = 1
        while let bounds = tools.reader.arguments.argument(index, in: fields), tools.reader.decode(bounds, in: fields) {
            let value = tools.reader.scratch
            if shape.isTerminal { buffer.append(visible: value.rawSpan) } else { buffer.append(value) }
            buffer.append(shape.delimiter)
            index += 2
        }
    }

    private mutating func appendForm(
        _ event: borrowing SelectedEvent,
        label: [UInt8],
        to buffer: inout OutputBuffer
    ) -> Bool {
        switch kind {
        case .line:
            if !label.isEmpty { buffer.append(label) }
            let start = buffer.count
            LineForm.append(event, &tools.reader, &tools.clock, to: &buffer)
            highlighter.highlight(from: start, in: &buffer)
            buffer.append(UInt8(ascii: "\n"))
        case .verbatimLine:
            if !label.isEmpty { buffer.append(label) }
            EventText.raw(event.content, to: &buffer)
        case .pretty:
            if !knowsColumns {
                knowsColumns = true
                columns = width()
            }
            pretty.append(event, label: label, &tools.reader, &tools.clock, width: columns, to: &buffer)
            return event.kind != .command || tools.reader.header != nil
        case .json:
            return JSONForm.append(event, label, shape.binary, &tools.json, to: &buffer)
        case .csv where event.kind == .command:
            return CSVForm.appendCommand(event, &tools.reader, &tools.clock, to: &buffer)
        case .csv:
            CSVForm.append(event, shape.binary, &tools.reader, &tools.clock, to: &buffer)
        case .raw where event.kind == .entry:
            appendValues(event.content, to: &buffer)
        case .raw:
            if shape.isTerminal { buffer.append(visible: event.content) } else { buffer.append(event.content) }
            buffer.append(shape.delimiter)
        case .resp where event.kind == .command:
            return RESPForm.appendCommand(event.content, &tools.reader, to: &buffer)
        case .resp where event.kind == .entry:
            RESPForm.appendEntry(event, &tools.reader, to: &buffer)
        case .resp:
            RESPForm.append(event, to: &buffer)
        case .template:
            let isKnown = template.append(event, &tools, to: &buffer)
            buffer.append(shape.delimiter)
            return isKnown
        }
        return true
    }
}
