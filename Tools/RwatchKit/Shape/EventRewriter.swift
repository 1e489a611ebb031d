import RedisEvents
import RedisRESP

/// Leaves out of an event what must not be shown, and cuts its values, before it is formatted. So each form gets an
/// event like any other, and no form can forget it.
struct EventRewriter: ~Copyable {
    private let redaction: Redaction?
    /// The most bytes of a value; `nil` for all of them.
    private let limit: Int?
    private var matcher: PatternMatcher?
    /// The event's parts, one behind the other: name, pattern, content.
    private var parts = OutputBuffer(capacity: 256)
    private var nameEnd = 0
    private var patternEnd = 0
    /// Which arguments of a command are keys.
    private var keys: [Bool] = []

    init(_ redaction: Redaction?, limit: Int?) {
        self.redaction = redaction
        self.limit = limit
        if case .matching(let expression) = redaction { matcher = PatternMatcher(expression) }
    }

    /// Whether it changes anything.
    var isNeeded: Bool { redaction != nil || limit != nil }

    /// Makes the event that may be shown; ``event(of:)`` has it.
    mutating func rewrite(_ event: borrowing SelectedEvent, _ reader: inout EventReader) {
        if parts.count > EventReader.mostKept { parts.removeAll(keepingCapacity: false) }
        parts.removeAll()
        if event.kind == .command {
            nameEnd = 0
            patternEnd = 0
            if !rewriteLine(event.content, &reader) {
                parts.removeAll()
                // Nobody knows what is in a line that cannot be read.
                if redaction == nil { parts.append(event.content) } else { parts.append(literal: Redaction.mark) }
            }
            return
        }
        // The name of a key's event is the server's.
        appendPart(event.name, isValue: false, mayHide: event.kind != .key)
        nameEnd = parts.count
        // The id of an entry is the server's, too.
        appendPart(event.pattern, isValue: false, mayHide: event.kind != .entry && event.pattern.byteCount > 0)
        patternEnd = parts.count
        if event.kind == .entry {
            if !rewriteFields(event.content, &reader) {
                parts.rewind(to: patternEnd)
                parts.append(literal: "\"")
                parts.append(literal: Redaction.mark)
                parts.append(literal: "\"")
            }
            return
        }
        appendPart(event.content, isValue: event.kind != .key, mayHide: true)
    }

    /// The event that was made of `original`.
    @_lifetime(borrow self)
    borrowing func event(of original: borrowing SelectedEvent) -> SelectedEvent {
        let bytes = parts.bytes
        return SelectedEvent(
            original.kind,
            node: original.node,
            time: original.time,
            name: bytes.extracting(0..<nameEnd),
            pattern: bytes.extracting(nameEnd..<patternEnd),
            content: bytes.extracting(patternEnd..<parts.count),
            database: original.database,
            client: original.client,
            isFromScript: original.isFromScript
        )
    }

    /// Appends a part of a message or of a key's event. Values are cut, names are not.
    private mutating func appendPart(_ bytes: RawSpan, isValue: Bool, mayHide: Bool) {
        if mayHide, hides(bytes, isValue: isValue) { return parts.append(literal: Redaction.mark) }
        guard isValue, let limit, bytes.byteCount > limit else { return parts.append(bytes) }
        // Whole characters stay whole.
        var end = limit
        while end > 0, limit - end < 3, bytes.byte(at: end) & 0xc0 == 0x80 { end -= 1 }
        parts.append(bytes.extracting(0..<end))
        parts.append(cutMark: bytes.byteCount - end)
    }

    private mutating func hides(_ bytes: RawSpan, isValue: Bool) -> Bool {
        switch redaction {
        case nil: false
        case .values: isValue
        case .all: true
        case .matching: matcher?.matches(bytes) ?? false
        }
    }

    /// Appends a command's line. Returns `false` when the line cannot be read.
    private mutating func rewriteLine(_ line: RawSpan, _ reader: inout EventReader) -> Bool {
        reader.readHeader(line)
        guard let header = reader.header, let count = reader.arguments.count(in: line), count > 0 else { return false }
        if case .values = redaction { findKeys(of: line, count, &reader) }
        parts.append(line.extracting(0..<header.argumentsStart))
        for index in 0..<count {
            guard let bounds = reader.arguments.argument(index, in: line) else { return false }
            if index > 0 { parts.append(UInt8(ascii: " ")) }
            parts.append(UInt8(ascii: "\""))
            let text = bounds.span(in: line)
            if index > 0, hidesArgument(index, bounds, line, &reader) ?? true {
                parts.append(literal: Redaction.mark)
            } else if index > 0, let limit, text.byteCount > limit {
                appendCut(text, limit)
            } else {
                parts.append(text)
            }
            parts.append(UInt8(ascii: "\""))
        }
        return true
    }

    /// Appends the fields of an entry. Returns `false` when they cannot be read.
    private mutating func rewriteFields(_ fields: RawSpan, _ reader: inout EventReader) -> Bool {
        reader.arguments.begin(at: 0)
        guard let count = reader.arguments.count(in: fields) else { return false }
        for index in 0..<count {
            guard let bounds = reader.arguments.argument(index, in: fields) else { return false }
            if index > 0 { parts.append(UInt8(ascii: " ")) }
            parts.append(UInt8(ascii: "\""))
            let text = bounds.span(in: fields)
            let isValue = !index.isMultiple(of: 2)
            guard reader.decode(bounds, in: fields) else { return false }
            if hides(reader.scratch.rawSpan, isValue: isValue) {
                parts.append(literal: Redaction.mark)
            } else if isValue, let limit, text.byteCount > limit {
                appendCut(text, limit)
            } else {
                parts.append(text)
            }
            parts.append(UInt8(ascii: "\""))
        }
        return true
    }

    /// Whether an argument is left out; `nil` for one that cannot be read.
    private mutating func hidesArgument(
        _ index: Int,
        _ bounds: LineArguments.Bounds,
        _ line: RawSpan,
        _ reader: inout EventReader
    ) -> Bool? {
        switch redaction {
        case nil: return false
        case .values: return !keys[index]
        case .all: return true
        case .matching:
            guard bounds.isEscaped else { return matcher?.matches(bounds.span(in: line)) }
            guard reader.decode(bounds, in: line) else { return nil }
            return matcher?.matches(reader.scratch.rawSpan)
        }
    }

    /// Notes which arguments are keys. The name of a subcommand counts as one. Of a command that no table knows,
    /// nothing does.
    private mutating func findKeys(of line: RawSpan, _ count: Int, _ reader: inout EventReader) {
        keys.removeAll(keepingCapacity: true)
        keys.append(contentsOf: repeatElement(false, count: count))
        if reader.hasSubcommands(line), count > 1 { keys[1] = true }
        guard let command = reader.command(of: line) else { return }
        for spec in command.specs {
            guard let places = spec.places(in: line, &reader.arguments) else { continue }
            for index in stride(from: places.first, through: places.last, by: places.step) where index < count {
                keys[index] = true
            }
        }
    }

    /// Appends the first bytes of an argument that has its escapes, and how many more there are.
    private mutating func appendCut(_ text: RawSpan, _ limit: Int) {
        var (offset, end, bytes) = (0, 0, 0)
        while offset < text.byteCount, let (_, next) = MonitorEscape.decode(text, at: offset) {
            bytes += 1
            offset = next
            if bytes == limit { end = offset }
        }
        if bytes <= limit { return parts.append(text) }
        parts.append(text.extracting(0..<end))
        parts.append(cutMark: bytes - limit)
    }
}

extension OutputBuffer {
    /// Appends how many bytes of a value are left out, in ASCII, as the line form has to have it.
    mutating func append(cutMark bytes: Int) {
        append(literal: "...(+")
        append(integer: bytes)
        append(literal: "B)")
    }
}
