import RedisCore
import RedisEvents
import RedisRESP

/// Reads the fields of events for the conditions of a filter. It keeps the memory that this needs from event to event.
struct EventReader: ~Copyable {
    /// More memory than this is given back after an event.
    private static let mostKept = 1 << 20

    let table: CommandCatalog
    var matchers: [PatternMatcher]
    var arguments = LineArguments()
    /// Bytes without their escapes.
    var scratch: [UInt8] = []
    /// The line of an event that has none yet.
    var text = OutputBuffer(capacity: 256)
    /// Where the source of the command's line is; `nil` when the line has no readable header.
    private(set) var source: Range<Int>?
    /// The database of the command's line; `nil` too when a fork has a name there.
    private(set) var database: Int?
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

    /// Reads the header of a line, once.
    @inline(__always)
    mutating func readHeader(_ line: RawSpan) {
        if isRead { return }
        isRead = true
        guard let header = MonitorLine(line) else {
            source = nil
            database = nil
            arguments.beginBroken()
            return
        }
        source = header.source
        database = header.database
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

    /// The number of bytes of all arguments behind the name; `nil` when they cannot be read.
    mutating func size(of line: RawSpan) -> Int? {
        readHeader(line)
        guard let count = arguments.count(in: line) else { return nil }
        var size = 0
        for index in 1..<max(count, 1) {
            guard let bounds = arguments.argument(index, in: line) else { return nil }
            guard bounds.isEscaped else {
                size += Int(bounds.end - bounds.start)
                continue
            }
            let bytes = bounds.span(in: line)
            var offset = 0
            while offset < bytes.byteCount {
                guard let (_, next) = MonitorEscape.decode(bytes, at: offset) else { return nil }
                offset = next
                size += 1
            }
        }
        return size
    }

    /// Puts an argument without its escapes into `scratch`. Returns `false` when it has one that no server writes.
    mutating func decode(_ bounds: LineArguments.Bounds, in line: RawSpan) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        return MonitorLine.appendUnescaped(bounds.span(in: line), to: &scratch)
    }
}
