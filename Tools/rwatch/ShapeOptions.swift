import ArgumentParser
import RwatchKit

/// The options about the form of events.
struct ShapeOptions: ParsableArguments {
    @Option(
        name: .joined("o", "output"),
        help: ArgumentHelp(
            """
            The form: pretty for people, line as MONITOR has it, json, csv, raw for the payload or the key alone, resp for frames. \
            auto (the default) is pretty on a terminal, and line otherwise.
            """,
            valueName: "form"
        ),
        transform: parseName
    )
    var form: ShapeRequest.FormName = .auto

    @Flag(help: "Print one JSON object per line; docs/rwatch.schema.json describes them.")
    var json = false

    @Flag(help: "Print comma-separated values: a header, and one record per line.")
    var csv = false

    @Flag(help: "Print the payload or the key and a line feed; on a terminal, control characters are escaped.")
    var raw = false

    @Flag(
        name: .customLong("unsafe-raw"),
        help: "Print the payload or the key, or the line of a command, byte for byte, on a terminal too."
    )
    var unsafeRaw = false

    @Option(
        name: .joined("F", "format"),
        help: ArgumentHelp("Print this text for each event, with its fields: '%t %c %p' (below).", valueName: "format")
    )
    var format: String?

    @Option(
        name: .joined("d", "delimiter"),
        help: ArgumentHelp(
            "With --raw and -F: end each event with this text and not with a line feed.",
            valueName: "text"
        )
    )
    var delimiter: String?

    @Flag(name: [.customShort("0"), .customLong("null")], help: "With --raw and -F: end each event with a zero byte.")
    var null = false

    @Flag(
        name: [.customShort("N"), .customLong("no-delimiter")],
        help: "With --raw and -F: end events with nothing."
    )
    var noDelimiter = false

    @Option(
        help: ArgumentHelp("How times are written: iso, unix, local, delta or none.", valueName: "style"),
        transform: parseName
    )
    var time: TimeStyle?

    @Flag(help: "Write times of the styles iso and local in UTC.")
    var utc = false

    @Option(
        name: .customLong("max-arg"),
        help: ArgumentHelp(
            "Cut longer arguments and payloads, 0 for none (default: what fits into the terminal's width).",
            valueName: "size"
        ),
        transform: parseSize
    )
    var mostBytes: Int?

    @Option(
        help: ArgumentHelp(
            "Leave out arguments that are no keys and payloads, or names too, or what matches.",
            valueName: "values|all|regex"
        )
    )
    var redact: String?

    @Option(
        help: ArgumentHelp("How bytes that are not UTF-8 are written: b64, hex or escape.", valueName: "style"),
        transform: parseName
    )
    var binary: BinaryStyle?

    @Option(help: ArgumentHelp("Show colours: auto, always or never.", valueName: "when"), transform: parseName)
    var color: ColorChoice = .auto

    @Option(
        name: .joined("H", "highlight"),
        help: ArgumentHelp(
            "Highlight what matches this regular expression, where colours are shown; may be repeated.",
            valueName: "regex"
        )
    )
    var highlight: [String] = []

    /// The form that these options ask for. `isKept` says whether the output goes to files or commands, whatever
    /// standard output is, and `jobs` what a command gets.
    func form(of stream: EventStreamKind, isKept: Bool, jobs: JobSettings.Unit?) throws -> EventForm {
        var request = ShapeRequest()
        request.jobs = jobs
        request.forms = [("--output \(form.rawValue)", form)]
        if json { request.forms.append(("--json", .json)) }
        if csv { request.forms.append(("--csv", .csv)) }
        if raw { request.forms.append(("--raw", .raw)) }
        request.isUnsafe = unsafeRaw
        request.format = format
        request.time = time
        request.isUTC = utc
        request.mostBytes = mostBytes
        request.redaction = redact
        request.binary = binary
        request.color = color
        request.highlights = highlight
        request.delimiter = delimiter
        request.endsWithNull = null
        request.hasNoDelimiter = noDelimiter
        do throws(ShapeError) { return try request.form(of: stream, to: isKept ? .file : .standard) } catch {
            switch error {
            case .conflict(let words): throw ValidationError(words)
            case .mistake(let option, let mistake): throw SelectionError(option: option, mistake: mistake)
            }
        }
    }

    static let rules = [
        OptionRule("-o", "--output", value: .text), OptionRule("--json"), OptionRule("--csv"), OptionRule("--raw"),
        OptionRule("--unsafe-raw"), OptionRule("-F", "--format", value: .text),
        OptionRule("-d", "--delimiter", value: .text), OptionRule("-0", "--null"), OptionRule("-N", "--no-delimiter"),
        OptionRule("--time", value: .text), OptionRule("--utc"), OptionRule("--max-arg", value: .text),
        OptionRule("--redact", value: .text), OptionRule("--binary", value: .text),
        OptionRule(
            "--color",
            value: .optional(default: "always", accepts: { ColorChoice(rawValue: $0) != nil })
        ),
        OptionRule("-H", "--highlight", value: .text),
    ]
}

/// Reads one of a few names.
@Sendable private func parseName<Value: RawRepresentable<String> & CaseIterable>(_ text: String) throws -> Value {
    guard let value = Value(rawValue: text) else {
        throw ValidationError("known are \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
}

extension String {
    /// The heading of the options about the form.
    static let shapeTitle = "How to print it"
}
