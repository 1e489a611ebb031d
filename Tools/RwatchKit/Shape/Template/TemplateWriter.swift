import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// Writes events as a format says.
struct TemplateWriter: ~Copyable {
    /// What an event is written with, beside its format.
    struct Tools: ~Copyable {
        var reader: EventReader
        var clock: TimeWriter
        var json: MonitorLineJSON
    }

    private let template: EventTemplate
    private let isUTC: Bool
    private let isTerminal: Bool
    /// A field that is padded or cut.
    private var field = OutputBuffer(capacity: 256)
    private var table = ColumnTable()
    private var nodes = NodeLabels(tellsNodes: true, isPlural: true, isJSON: true)
    /// What `strftime` made, by the piece, and of which second.
    private var clocks: [(second: Int64, text: [UInt8])]

    init(_ template: EventTemplate, _ shape: EventShape) {
        self.template = template
        isUTC = shape.isUTC
        isTerminal = shape.isTerminal
        clocks = template.pieces.map { _ in (.min, []) }
    }

    /// Appends an event, without a delimiter. Returns whether a command could be read.
    mutating func append(
        _ event: borrowing SelectedEvent,
        _ tools: inout Tools,
        to buffer: inout OutputBuffer
    ) -> Bool {
        var (time, isKnown) = (event.time, true)
        if event.kind == .command {
            tools.reader.readHeader(event.content)
            isKnown = tools.reader.header != nil
            time = tools.reader.header?.time.microseconds ?? time
        }
        for index in template.pieces.indices {
            switch template.pieces[index] {
            case .text(let bytes): buffer.append(bytes)
            case .clock(let letter): appendClock(letter, index, time, to: &buffer)
            case .nanoseconds:
                let rest = time % 1_000_000
                // Nine digits, of which the last three are always zeros.
                buffer.append(
                    word: Decimal.eightDigits(UInt64(rest < 0 ? rest + 1_000_000 : rest)) >> 16,
                    length: 6
                )
                buffer.append(literal: "000")
            case .field(let name, let layout) where layout == EventTemplate.Layout():
                append(name, of: event, at: time, &tools, to: &buffer)
            case .field(let name, let layout):
                let mark = buffer.count
                append(name, of: event, at: time, &tools, to: &buffer)
                layOut(from: mark, layout, &buffer)
            }
        }
        return isKnown
    }

    private mutating func appendClock(_ letter: UInt8, _ index: Int, _ time: Int64, to buffer: inout OutputBuffer) {
        let second = time / 1_000_000 - (time % 1_000_000 < 0 ? 1 : 0)
        if clocks[index].second != second {
            clocks[index] = (second, CalendarTime.text(letter, at: second, isUTC: isUTC))
        }
        buffer.append(clocks[index].text)
    }

    /// Gives the field that begins at `mark` blanks or zeros up to its width, and takes off what is beyond its
    /// precision.
    private mutating func layOut(from mark: Int, _ layout: EventTemplate.Layout, _ buffer: inout OutputBuffer) {
        if field.count > EventReader.mostKept { field.removeAll(keepingCapacity: false) }
        field.removeAll()
        field.append(buffer.bytes.extracting(mark..<buffer.count))
        buffer.rewind(to: mark)
        let (bytes, columns) = table.measure(field, upTo: layout.precision)
        if layout.isLeft { buffer.append(field.bytes.extracting(0..<bytes)) }
        let blank = layout.hasZeros && !layout.isLeft ? UInt8(ascii: "0") : UInt8(ascii: " ")
        for _ in 0..<max(layout.width - columns, 0) { buffer.append(blank) }
        if !layout.isLeft { buffer.append(field.bytes.extracting(0..<bytes)) }
    }

    /// Appends bytes as they are, or so that they do nothing to a terminal.
    private func put(_ bytes: RawSpan, to buffer: inout OutputBuffer) {
        if isTerminal { buffer.append(visible: bytes) } else { buffer.append(bytes) }
    }

    private func put(_ bytes: [UInt8], to buffer: inout OutputBuffer) { put(bytes.rawSpan, to: &buffer) }

    private mutating func append(
        _ field: EventTemplate.Field,
        of event: borrowing SelectedEvent,
        at time: Int64,
        _ tools: inout Tools,
        to buffer: inout OutputBuffer
    ) {
        switch field {
        case .time: tools.clock.append(time, to: &buffer)
        case .unixTime: buffer.append(timestamp: time)
        case .node: put(tools.reader.node(event.node).rawSpan, to: &buffer)
        case .database where event.kind == .key: buffer.append(integer: event.database)
        case .database:
            if let header = tools.reader.header { put(event.content.part(header.databaseText), to: &buffer) }
        case .client:
            if let header = tools.reader.header { put(event.content.part(header.source), to: &buffer) }
        case .clientName: put(event.client?.name ?? [], to: &buffer)
        case .user: put(event.client?.user ?? [], to: &buffer)
        case .kind: buffer.append(event.kind.name)
        case .command: put(tools.reader.arguments.argument(0, in: event.content), event.content, &tools, to: &buffer)
        case .key where event.kind == .key: put(event.content, to: &buffer)
        case .key: put(tools.reader.firstKey(of: event.content), event.content, &tools, to: &buffer)
        case .arguments:
            if let range = tools.reader.argumentText(of: event.content) {
                buffer.append(visible: event.content.part(range))
            }
        case .line:
            if event.kind == .command { return buffer.append(visible: event.content) }
            tools.reader.writeText(event)
            buffer.append(tools.reader.text.bytes)
        case .channel, .event: put(event.name, to: &buffer)
        case .pattern: put(event.pattern, to: &buffer)
        case .payload: put(event.content, to: &buffer)
        case .quoted: buffer.append(quoted: event.content)
        case .length:
            let size = event.kind == .command ? tools.reader.size(of: event.content) : event.content.byteCount
            buffer.append(integer: size ?? event.content.byteCount)
        case .hexadecimal: buffer.append(hexadecimal: event.content)
        case .base64: buffer.append(base64: event.content)
        case .json, .embeddedJSON:
            JSONForm.append(
                event,
                nodes.label(event.node),
                .b64,
                embedding: field == .embeddedJSON,
                &tools.json,
                to: &buffer
            )
            // Without its line feed.
            buffer.rewind(to: buffer.count - 1)
        }
    }

    /// Appends an argument of a line without its escapes, if there is one.
    private func put(
        _ bounds: LineArguments.Bounds?,
        _ line: RawSpan,
        _ tools: inout Tools,
        to buffer: inout OutputBuffer
    ) {
        guard let bounds else { return }
        if bounds.isEscaped, tools.reader.decode(bounds, in: line) {
            put(tools.reader.scratch.rawSpan, to: &buffer)
        } else {
            put(bounds.span(in: line), to: &buffer)
        }
    }
}

extension ColumnTable {
    /// How many bytes of a text fit into so many columns, whole characters alone, and how many columns these take.
    mutating func measure(_ buffer: borrowing OutputBuffer, upTo most: Int) -> (bytes: Int, columns: Int) {
        let text = buffer.bytes
        var (bytes, columns) = (0, 0)
        while bytes < text.byteCount {
            let length = text.byte(at: bytes) < 0x80 ? 1 : UTF8Check.sequenceLength(in: text, at: bytes)
            let width = length < 2 ? 1 : self.columns(of: text.scalar(at: bytes, length: length)) ?? 1
            guard columns + width <= most else { break }
            bytes += max(length, 1)
            columns += width
        }
        return (bytes, columns)
    }
}
