import RedisCore
import RedisEvents
import RedisRESP

/// Reads the fields of events for the conditions of a filter. It keeps the memory that this needs from event to event.
struct EventReader: ~Copyable {
    /// More memory than this is given back after an event.
    static let mostKept = 1 << 20

    let table: CommandCatalog
    var matchers: [PatternMatcher]
    var arguments = LineArguments()
    /// Bytes without their escapes.
    var scratch: [UInt8] = []
    /// The line of an event that has none yet.
    var text = OutputBuffer(capacity: 256)
    /// The header of the command's line; `nil` when it cannot be read.
    private(set) var header: MonitorLine?
    private var isRead = false
    private var nodeNumber = NodeNumber.none
    private var nodeBytes: [UInt8] = []

    init(_ table: CommandCatalog, _ patterns: [RegularExpression]) {
        self.table = table
        matchers = patterns.map { PatternMatcher($0) }
    }

    /// Begins with another event.
    @inline(__always)
    mutating func begin() {
        isRead = false
        if scratch.count > Self.mostKept { scratch = [] }
        if text.count > Self.mostKept { text.removeAll(keepingCapacity: false) }
    }

    /// Where the source of the command's line is; `nil` when the line has no readable header.
    var source: Range<Int>? { header?.source }
    /// The database of the command's line; `nil` too when a fork has a name there.
    var database: Int? { header?.database }

    /// Reads the header of a line, once.
    @inline(__always)
    mutating func readHeader(_ line: RawSpan) {
        if isRead { return }
        isRead = true
        header = MonitorLine(line)
        guard let header else { return arguments.beginBroken() }
        arguments.begin(at: header.argumentsStart)
    }

    /// The name of a server.
    mutating func node(_ number: NodeNumber) -> [UInt8] {
        if number != nodeNumber || nodeBytes.isEmpty {
            nodeNumber = number
            nodeBytes = number.endpoint.map { Array("\($0)".utf8) } ?? []
        }
        return nodeBytes
    }

    /// The command of a line; `nil` when the name cannot be read, or the table does not know the command.
    mutating func command(of line: RawSpan) -> CommandInfo? {
        readHeader(line)
        guard let name = arguments.argument(0, in: line), !name.isEscaped,
            let position = table.position(name.span(in: line))
        else { return nil }
        let info = table.info(position)
        guard table.hasSubcommands(position) else { return info }
        guard let word = arguments.argument(1, in: line) else { return arguments.isBroken ? nil : info }
        return table.subcommand(position, word.span(in: line)) ?? info
    }

    /// Whether the word behind the name of a line's command is the name of a subcommand.
    mutating func hasSubcommands(_ line: RawSpan) -> Bool {
        readHeader(line)
        guard let name = arguments.argument(0, in: line), let position = table.position(name.span(in: line)) else {
            return false
        }
        return table.hasSubcommands(position)
    }

    /// The first argument that is a key; `nil` for a command without one, and where that is not known.
    mutating func firstKey(of line: RawSpan) -> LineArguments.Bounds? {
        guard let command = command(of: line) else { return nil }
        var first = Int.max
        for spec in command.specs {
            guard let places = spec.places(in: line, &arguments), places.last >= places.first else { continue }
            first = min(first, places.first)
        }
        return first == .max ? nil : arguments.argument(first, in: line)
    }

    /// The arguments behind the name as the line has them; `nil` when they cannot be read.
    mutating func argumentText(of line: RawSpan) -> Range<Int>? {
        readHeader(line)
        guard header != nil, arguments.count(in: line) != nil, let name = arguments.argument(0, in: line) else {
            return nil
        }
        // The quote and the blank behind the name.
        return min(Int(name.end) + 2, line.byteCount)..<line.byteCount
    }

    /// The number of bytes of all arguments behind the name; `nil` when they cannot be read.
    mutating func size(of line: RawSpan) -> Int? {
        readHeader(line)
        guard arguments.count(in: line) != nil else { return nil }
        return arguments.decodedLength(from: 1, in: line)
    }

    /// Puts an argument without its escapes into `scratch`. Returns `false` when it has one that no server writes.
    mutating func decode(_ bounds: LineArguments.Bounds, in line: RawSpan) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        return MonitorLine.appendUnescaped(bounds.span(in: line), to: &scratch)
    }
}
