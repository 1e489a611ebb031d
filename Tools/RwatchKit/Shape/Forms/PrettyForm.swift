import RedisEvents
import RedisRESP
import RedisReactor

/// Events as rows for people: time, server, database, client, command; values are cut to the terminal's width.
struct PrettyForm: ~Copyable {
    /// On a narrow terminal a command and its arguments, a payload or a key get this room all the same, and rows are
    /// wrapped.
    private static let leastRoom = 34
    /// What the widest event name and a usual address take.
    private static let mostColumns = 22

    private let fitsWidth: Bool
    private var line: StyledLine
    private var values: ValueWriter
    private var highlighter: Highlighter
    private var needs: [Int] = []
    private var timeColumn = GrowingColumn(most: 40)
    private var databaseColumn = GrowingColumn(most: 5)
    private var nameColumn = GrowingColumn(most: mostColumns)

    init(_ shape: EventShape) {
        fitsWidth = shape.cut == .width
        line = StyledLine(isColored: shape.isColored)
        var limit: Int?
        if case .bytes(let bytes) = shape.cut { limit = bytes }
        values = ValueWriter(shape.binary, limit: limit)
        highlighter = Highlighter(shape)
    }

    /// Appends an event and a line feed.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - label: What names its server, with a blank behind it; or nothing.
    ///   - reader: Reads a command's line.
    ///   - clock: Writes the time.
    ///   - width: The columns of the terminal; `nil` when there is no limit.
    ///   - buffer: Where to.
    mutating func append(
        _ event: borrowing SelectedEvent,
        label: [UInt8],
        _ reader: inout EventReader,
        _ clock: inout TimeWriter,
        width: Int?,
        to buffer: inout OutputBuffer
    ) {
        let start = buffer.count
        line.begin(in: &buffer)
        if event.kind == .command { reader.readHeader(event.content) }
        if clock.style != .none {
            line.style(.faint)
            let time = event.kind == .command ? reader.header?.time.microseconds ?? event.time : event.time
            line.append { clock.append(time, to: &$0) }
            line.append(blanks: timeColumn.blanks(behind: line.columns) + 1)
        }
        if !label.isEmpty {
            line.style(.faint)
            line.append(label.rawSpan, &values.visible)
        }
        let room = fitsWidth ? width : nil
        switch event.kind {
        case .command: appendCommand(event, &reader, room)
        case .message, .patternMessage, .shardMessage, .replayed: appendMessage(event, room)
        case .entry: appendEntry(event, &reader, room)
        case .key: appendKeyEvent(event, room)
        }
        line.end(in: &buffer)
        highlighter.highlight(from: start, in: &buffer)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// The columns that are left for what comes last.
    private func free(_ width: Int?) -> Int {
        width.map { max($0 - line.columns, Self.leastRoom) } ?? ValueWriter.noLimit
    }

    private mutating func appendDatabase(_ write: (inout OutputBuffer) -> Void) {
        line.style(.faint)
        let start = line.columns
        line.append(literal: "db")
        line.append(write)
        line.append(blanks: databaseColumn.blanks(behind: line.columns - start) + 1)
    }

    /// Appends a client, a channel or an event, and pads its column.
    private mutating func appendName(_ name: RawSpan, _ style: TextStyle, _ width: Int?) -> Int {
        line.style(style)
        let start = line.columns
        // A name that fills the row leaves no room for what it belongs to.
        let most = width.map { max($0 / 2, Self.mostColumns) } ?? ValueWriter.noLimit
        values.append(name, isQuoted: false, upTo: most, isName: true, to: &line)
        return start
    }

    // MARK: Commands

    private mutating func appendCommand(_ event: borrowing SelectedEvent, _ reader: inout EventReader, _ width: Int?) {
        let content = event.content
        guard let header = reader.header, let count = reader.arguments.count(in: content), count > 0 else {
            line.style(.plain)
            values.append(content, isQuoted: false, upTo: free(width), to: &line)
            return
        }
        if let database = header.database {
            appendDatabase { $0.append(integer: database) }
        } else {
            line.style(.faint)
            values.append(
                content.part(header.databaseText),
                isQuoted: false,
                upTo: Self.mostColumns,
                isName: true,
                to: &line
            )
            line.append(literal: " ")
        }
        let source = content.part(header.source)
        let start = appendName(source, source.equals("lua") ? .faint : .steady(source), width)
        if event.isFromScript {
            line.style(.faint)
            line.append(literal: " lua")
        }
        if let name = event.client?.name, !name.isEmpty {
            line.style(.faint)
            line.append(literal: " (")
            values.append(name.rawSpan, isQuoted: false, upTo: Self.mostColumns, isName: true, to: &line)
            line.append(literal: ")")
        }
        line.style(.plain)
        line.append(blanks: nameColumn.blanks(behind: line.columns - start) + 2)
        let end = line.columns + free(width)
        appendCommandName(content, count, &reader, end - line.columns)
        appendArguments(content, count, &reader, end - line.columns)
    }

    private mutating func appendCommandName(
        _ content: RawSpan,
        _ count: Int,
        _ reader: inout EventReader,
        _ room: Int
    ) {
        guard let name = reader.arguments.argument(0, in: content) else { return }
        // The name of a subcommand, if there is one.
        let word = (count > 1 ? reader.arguments.argument(1, in: content) : nil) ?? name
        line.style(CommandTints.all.style(of: name, word, in: content))
        // What says how many arguments there are must fit behind it.
        let most = max(room - ArgumentRoom.leastColumns, Self.leastRoom - ArgumentRoom.leastColumns)
        values.append(name, in: content, upTo: most, isName: true, to: &line)
        line.style(.plain)
    }

    private mutating func appendArguments(
        _ content: RawSpan,
        _ count: Int,
        _ reader: inout EventReader,
        _ room: Int
    ) {
        let start = line.end
        // Most commands fit.
        if appendArguments(content, count - 1, upTo: room, &reader), line.columns - start.columns <= room { return }
        line.rewind(to: start)
        var division = ArgumentRoom(all: count - 1)
        if room < ValueWriter.noLimit {
            measure(content, min(count - 1, ArgumentRoom.mostShown), &reader, room)
            division = ArgumentRoom(needs: needs, count: count - 1, room: room)
        }
        appendArguments(content, division.shown, upTo: division.most, &reader, isWhole: false)
        appendRest(count - 1 - division.shown)
    }

    /// Appends how many arguments are not shown, if any.
    private mutating func appendRest(_ rest: Int) {
        guard rest > 0 else { return }
        line.style(.faint)
        let mark = line.text.count
        line.text.append(literal: " …(+")
        line.text.append(integer: rest)
        line.text.append(literal: " args)")
        // One of the characters has three bytes.
        line.columns += line.text.count - mark - 2
        line.style(.plain)
    }

    /// Appends the first arguments from one on, each into at most so many columns. With `isWhole` it returns `false` at
    /// the first one that is cut, and where there is no room left.
    @discardableResult
    private mutating func appendArguments(
        _ content: RawSpan,
        from first: Int = 1,
        _ count: Int,
        upTo room: Int,
        _ reader: inout EventReader,
        isWhole: Bool = true
    ) -> Bool {
        let start = line.columns
        var index = first
        while index < first + count, let bounds = reader.arguments.argument(index, in: content) {
            line.append(UInt8(ascii: " "))
            let isAll = values.append(bounds, in: content, upTo: room, to: &line)
            if isWhole, !isAll || line.columns - start > room { return false }
            index += 1
        }
        return true
    }

    /// Notes how many columns the first arguments take, each at most the room of all.
    private mutating func measure(
        _ content: RawSpan,
        from first: Int = 1,
        _ count: Int,
        _ reader: inout EventReader,
        _ room: Int
    ) {
        let start = line.end
        needs.removeAll(keepingCapacity: true)
        var index = first
        while index < first + count, let bounds = reader.arguments.argument(index, in: content) {
            values.append(bounds, in: content, upTo: room, to: &line)
            needs.append(line.columns - start.columns)
            line.rewind(to: start)
            index += 1
        }
    }

    // MARK: Messages

    private mutating func appendMessage(_ event: borrowing SelectedEvent, _ width: Int?) {
        let start = appendName(event.name, .steady(event.name), width)
        if event.kind == .patternMessage {
            line.style(.faint)
            line.append(literal: " (")
            values.append(event.pattern, isQuoted: false, upTo: Self.mostColumns, isName: true, to: &line)
            line.append(literal: ")")
        } else if event.kind == .shardMessage {
            line.style(.faint)
            line.append(literal: " (shard)")
        } else if event.kind == .replayed {
            line.style(.faint)
            line.append(literal: " (replayed)")
        }
        line.style(.plain)
        line.append(blanks: nameColumn.blanks(behind: line.columns - start) + 2)
        if event.content.byteCount == 0 { line.style(.faint) }
        values.append(event.content, isQuoted: event.content.byteCount == 0, upTo: free(width), to: &line)
    }

    // MARK: Entries of streams

    private mutating func appendEntry(_ event: borrowing SelectedEvent, _ reader: inout EventReader, _ width: Int?) {
        let start = appendName(event.name, .steady(event.name), width)
        line.style(.faint)
        line.append(literal: " ")
        line.append(event.pattern, &values.visible)
        line.style(.plain)
        line.append(blanks: nameColumn.blanks(behind: line.columns - start) + 1)
        let fields = event.content
        reader.arguments.begin(at: 0)
        guard let count = reader.arguments.count(in: fields), count > 0 else { return }
        let end = line.columns + free(width)
        // As many arguments as there are behind the name of a command.
        let place = line.end
        if appendArguments(fields, from: 0, count, upTo: end - line.columns, &reader), line.columns <= end { return }
        line.rewind(to: place)
        var division = ArgumentRoom(all: count)
        if width != nil {
            let room = end - line.columns
            measure(fields, from: 0, min(count, ArgumentRoom.mostShown), &reader, room)
            division = ArgumentRoom(needs: needs, count: count, room: room)
        }
        appendArguments(fields, from: 0, division.shown, upTo: division.most, &reader, isWhole: false)
        appendRest(count - division.shown)
    }

    // MARK: Events of keys

    private mutating func appendKeyEvent(_ event: borrowing SelectedEvent, _ width: Int?) {
        let database = event.database
        appendDatabase { $0.append(integer: database) }
        let start = appendName(event.name, KeyEventTints.style(of: event.name), width)
        line.style(.plain)
        line.append(blanks: nameColumn.blanks(behind: line.columns - start) + 2)
        values.append(event.content, isQuoted: nil, upTo: free(width), to: &line)
    }
}

/// The styles of events of keys: those after which the key is gone.
enum KeyEventTints {
    private static let removals = CaselessNames([
        "del", "unlink", "expired", "evicted", "rename_from", "move_from",
    ])

    static func style(of event: RawSpan) -> TextStyle { removals.find(event) == nil ? .write : .danger }
}
