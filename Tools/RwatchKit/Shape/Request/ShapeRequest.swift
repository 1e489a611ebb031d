/// What the options of a command line say about the form of events.
package struct ShapeRequest: Sendable {
    /// The names of `--output`.
    package enum FormName: String, Sendable, CaseIterable {
        /// `pretty` on a terminal, and `line` otherwise.
        case auto
        case line
        case pretty
        case json
        case csv
        case raw
        case resp
    }

    /// The forms that were asked for, each with the option that did so.
    package var forms: [(option: String, name: FormName)] = []
    /// `--unsafe-raw`.
    package var isUnsafe = false
    /// `--format`.
    package var format: String?
    package var time: TimeStyle?
    package var isUTC = false
    /// `--max-arg`, in bytes; 0 for no limit.
    package var mostBytes: Int?
    package var redaction: String?
    package var binary: BinaryStyle?
    package var color = ColorChoice.auto
    package var highlights: [String] = []
    /// `--delimiter`.
    package var delimiter: String?
    /// `--null`.
    package var endsWithNull = false
    /// `--no-delimiter`.
    package var hasNoDelimiter = false
    /// What a command gets, if the events go to commands.
    package var jobs: JobSettings.Unit?

    package init() {}

    /// The form that these options ask for.
    ///
    /// - Parameters:
    ///   - stream: Whose events are printed.
    ///   - output: Where to.
    /// - Returns: The form; one of the three fast ones if it is no more than that.
    /// - Throws: ``ShapeError``.
    package func form(of stream: EventStreamKind, to output: OutputSetting) throws(ShapeError) -> EventForm {
        let chosen = try chosenForm(of: stream)
        var shape = EventShape(try shapeForm(chosen, stream, output))
        let rules = FormRules(shape.form, stream, option: chosen?.option)
        shape.isTerminal = output.isTerminal && !isUnsafe
        shape.isColored = color.isColored(output)
        shape.time = try timeStyle(rules)
        shape.isUTC = isUTC
        shape.cut = try cut(rules, output)
        shape.redaction = try redaction(stream)
        shape.binary = try binaryStyle(rules)
        shape.highlights = try highlightPatterns(rules)
        shape.delimiter = try delimiterBytes(rules)
        if jobs == .event {
            shape.isForJobs = true
            // A command gets its payload byte for byte, unless somebody has asked for a delimiter.
            if case .raw = shape.form, delimiter == nil, !endsWithNull { shape.delimiter = [] }
        }
        return simplest(shape)
    }

    /// The form without the detour, if there is nothing special about it.
    private func simplest(_ shape: EventShape) -> EventForm {
        guard shape.redaction == nil, shape.cut == .none, !shape.isForJobs else { return .shaped(shape) }
        switch shape.form {
        case .line where shape.time == .unix && (shape.highlights.isEmpty || !shape.isColored): return .line
        case .verbatimLine: return .verbatim
        case .json where shape.binary != .hex: return .json
        case .raw where !shape.isTerminal && shape.delimiter == [UInt8(ascii: "\n")]: return .verbatim
        default: return .shaped(shape)
        }
    }

    // MARK: The form

    private func chosenForm(of stream: EventStreamKind) throws(ShapeError) -> (option: String, name: FormName?)? {
        var chosen: (option: String, name: FormName?)?
        var asked: [(option: String, name: FormName?)] = []
        if isUnsafe { asked.append(("--unsafe-raw", stream == .commands ? .line : .raw)) }
        for (option, name) in forms where name != .auto { asked.append((option, name)) }
        if format != nil { asked.append(("--format", nil)) }
        for one in asked {
            if let chosen, chosen.name != one.name {
                throw .conflict("\(chosen.option) and \(one.option) exclude each other")
            }
            chosen = one
        }
        return chosen
    }

    private func shapeForm(
        _ chosen: (option: String, name: FormName?)?,
        _ stream: EventStreamKind,
        _ output: OutputSetting
    ) throws(ShapeError) -> EventShape.Form {
        if let format {
            do throws(ExpressionError) { return .template(try EventTemplate(format, for: stream)) } catch {
                throw .mistake(option: "--format", error)
            }
        }
        var usual: FormName = output.isTerminal ? .pretty : .line
        if jobs == .event, stream != .commands { usual = stream == .entries ? .json : .raw }
        switch chosen?.name ?? usual {
        case .auto, .line: return isUnsafe ? .verbatimLine : .line
        case .pretty: return .pretty
        case .json: return .json
        case .csv: return .csv
        case .raw:
            guard stream != .commands else {
                throw .conflict(
                    "commands have no payload, which the form raw prints; the server's line is the form line"
                )
            }
            return .raw
        case .resp:
            guard stream != .keyEvents else {
                throw .conflict("events of keys have no form resp, as they are no frames")
            }
            guard !output.isTerminal else {
                throw .conflict("the form resp is not for a terminal: redirect the output into a pipe or a file")
            }
            return .resp
        }
    }

    // MARK: The rest

    private func timeStyle(_ rules: FormRules) throws(ShapeError) -> TimeStyle {
        let style = time ?? rules.usualTime
        if time != nil { try rules.require(rules.hasTime, "--time") }
        if isUTC { try rules.require(rules.hasTime, "--utc") }
        if style == .none, rules.hasFixedColumns {
            throw .conflict("the columns of \(rules.name) are always the same: --time none does not go with it")
        }
        // Who has chosen nothing may say --utc for the terminal and for a pipe alike.
        if isUTC, !style.hasZone, time != nil || rules.isChosen {
            throw .conflict("--utc changes nothing in times of the style \(style.rawValue); give --time iso or local")
        }
        return style
    }

    private func cut(_ rules: FormRules, _ output: OutputSetting) throws(ShapeError) -> EventShape.Cut {
        guard let mostBytes else { return rules.fitsWidth && output.isTerminal ? .width : .none }
        try rules.require(rules.mayCut, "--max-arg")
        return mostBytes == 0 ? .none : .bytes(mostBytes)
    }

    private func redaction(_ stream: EventStreamKind) throws(ShapeError) -> Redaction? {
        switch redaction {
        case nil: return nil
        case "values":
            guard stream != .keyEvents else {
                throw .conflict("events of keys have no values: --redact takes all here, or a regular expression")
            }
            return .values
        case "all": return .all
        case let text?: return .matching(try Self.expression(text, of: "--redact"))
        }
    }

    private func binaryStyle(_ rules: FormRules) throws(ShapeError) -> BinaryStyle {
        guard let binary else { return .escape }
        guard rules.binaryStyles.contains(binary) else {
            throw .conflict("--binary \(binary.rawValue) does not go with \(rules.name)")
        }
        return binary
    }

    private func highlightPatterns(_ rules: FormRules) throws(ShapeError) -> [RegularExpression] {
        if !highlights.isEmpty { try rules.require(rules.hasHighlights, "--highlight") }
        var patterns: [RegularExpression] = []
        for text in highlights { patterns.append(try Self.expression(text, of: "--highlight")) }
        return patterns
    }

    private func delimiterBytes(_ rules: FormRules) throws(ShapeError) -> [UInt8] {
        let options = [
            delimiter == nil ? nil : "--delimiter", endsWithNull ? "--null" : nil,
            hasNoDelimiter ? "--no-delimiter" : nil,
        ].compactMap { $0 }
        guard let first = options.first else { return [UInt8(ascii: "\n")] }
        if options.count > 1 { throw .conflict("\(first) and \(options[1]) exclude each other") }
        guard rules.hasDelimiter else { throw .conflict("\(first) is for --raw and --format") }
        if endsWithNull { return [0] }
        if hasNoDelimiter { return [] }
        do throws(ExpressionError) { return try TextEscape.bytes(delimiter ?? "") } catch {
            throw .mistake(option: "--delimiter", error)
        }
    }

    private static func expression(_ text: String, of option: String) throws(ShapeError) -> RegularExpression {
        do throws(ExpressionError) { return try RegularExpression(text) } catch {
            throw .mistake(option: option, error)
        }
    }
}

/// What may be said about a form.
private struct FormRules {
    /// The form in words.
    let name: String
    /// Whether the user has chosen the form.
    let isChosen: Bool
    let hasTime: Bool
    let usualTime: TimeStyle
    var hasFixedColumns = false
    var mayCut = false
    var fitsWidth = false
    var hasHighlights = false
    var hasDelimiter = false
    var binaryStyles: [BinaryStyle] = []

    init(_ form: EventShape.Form, _ stream: EventStreamKind, option: String?) {
        isChosen = option != nil
        var usual: TimeStyle?
        var word: String
        switch form {
        case .line:
            (word, usual, mayCut, hasHighlights, binaryStyles) = ("line", .unix, true, true, [.escape])
        case .verbatimLine: word = "line"
        case .pretty:
            (word, usual, mayCut, hasHighlights) = ("pretty", .local, true, true)
            (fitsWidth, binaryStyles) = (true, BinaryStyle.allCases)
        case .json: (word, binaryStyles) = ("json", [.b64, .hex])
        case .csv:
            (word, usual, mayCut, hasFixedColumns) = ("csv", .iso, true, true)
            binaryStyles = stream == .commands || stream == .entries ? [.escape] : BinaryStyle.allCases
        case .raw: (word, hasDelimiter) = ("raw", true)
        case .resp: word = "resp"
        case .template: (word, usual, mayCut, hasDelimiter) = ("--format", .iso, true, true)
        }
        if let option, option.hasPrefix("--") { word = option }
        name = word.hasPrefix("-") ? word : "the form \(word)"
        hasTime = usual != nil
        usualTime = usual ?? .unix
    }

    func require(_ condition: Bool, _ option: String) throws(ShapeError) {
        guard condition else { throw .conflict("\(option) does not go with \(name)") }
    }
}
