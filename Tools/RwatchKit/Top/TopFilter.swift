import RedisCore
import RedisEvents
import RedisRESP

/// What somebody has typed behind `/`: a word that names contain, or a condition in the language of `--where`.
package struct TopFilter: Sendable {
    /// What was typed.
    package let text: String
    /// What names contain, in lower case; `nil` for a condition.
    private let word: [UInt8]?
    private let commands: FilterExpression?
    private let messages: FilterExpression?
    private let keyEvents: FilterExpression?

    /// Reads what was typed.
    ///
    /// - Throws: What is wrong with a condition.
    package init(_ text: String) throws(ExpressionError) {
        self.text = text
        let isWord = text.utf8.allSatisfy { $0 >= 0x80 || Self.isOfWords($0) }
        word = isWord ? text.utf8.map { ASCIICase.lowered($0) } : nil
        guard !isWord else {
            (commands, messages, keyEvents) = (nil, nil, nil)
            return
        }
        messages = try? FilterExpression(text, for: .messages)
        keyEvents = try? FilterExpression(text, for: .keyEvents)
        do throws(ExpressionError) { commands = try FilterExpression(text, for: .commands) } catch {
            guard messages != nil || keyEvents != nil else { throw error }
            commands = nil
        }
    }

    private static func isOfWords(_ byte: UInt8) -> Bool {
        let small = byte | 0x20
        return small &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || ".:-_/{}@".utf8.contains(byte)
    }

    /// Whether it is a word, which selects rows and no events.
    package var isWord: Bool { word != nil }

    /// Whether it asks for what only a server tells of its clients.
    var needsClients: Bool { commands.map { $0.needsNames || $0.needsUsers } ?? false }

    /// What it selects of events.
    package var selection: RecordingSelection {
        func part(_ expression: FilterExpression?) -> RecordingSelection.Part {
            guard let expression else { return .none }
            var selection = Selection()
            selection.expression = expression
            return .some(selection)
        }
        return RecordingSelection(
            commands: part(commands),
            messages: part(messages),
            keyEvents: part(keyEvents)
        )
    }

    /// The rows of a table that it selects. A condition selects none away of which it does not speak.
    func rows(of table: TopTable) -> [TopRow] {
        if let word { return table.rows.filter { Self.contains($0.name, word) || Self.isNamed($0, word, table) } }
        switch table.tab {
        case .nodes, .stream, .prefixes: return table.rows
        case .channels:
            guard let selection = Self.selection(messages) else { return table.rows }
            return table.rows.filter { row in
                selection.selects(
                    .message,
                    channel: row.name.rawSpan,
                    pattern: RawSpan(),
                    payload: RawSpan(),
                    at: .now()
                )
            }
        case .commands, .keys, .clients:
            guard let selection = Self.selection(commands) else { return table.rows }
            return table.rows.filter { row in
                var line = OutputBuffer(capacity: 256)
                let client = Self.write(row, table, to: &line)
                let bytes = line.take()
                return selection.selects(line: bytes.rawSpan, client: client)
            }
        }
    }

    private static func selection(_ expression: FilterExpression?) -> EventSelection? {
        guard let expression else { return nil }
        var selection = Selection()
        selection.expression = expression
        return selection.filter().map { EventSelection($0) }
    }

    /// Writes the line of a command that the row could be of.
    private static func write(_ row: TopRow, _ table: TopTable, to line: inout OutputBuffer) -> KnownClient? {
        line.append(literal: "0.000000 [0 ")
        if table.tab == .clients { line.append(row.name) } else { line.append(literal: "127.0.0.1:0") }
        line.append(literal: "] ")
        switch table.tab {
        case .clients:
            let command = table.cell(row, .command).text ?? []
            line.append(quoted: command.rawSpan)
            return KnownClient(name: table.cell(row, .label).text ?? [], user: table.cell(row, .user).text)
        case .keys:
            line.append(literal: "\"get\" ")
            line.append(quoted: row.name.rawSpan)
        default:
            for (index, part) in row.name.split(separator: UInt8(ascii: "|")).enumerated() {
                if index > 0 { line.append(UInt8(ascii: " ")) }
                let word = Array(part)
                line.append(quoted: word.rawSpan)
            }
        }
        return nil
    }

    /// Whether another text of the row contains the word.
    private static func isNamed(_ row: TopRow, _ word: [UInt8], _ table: TopTable) -> Bool {
        row.cells.contains { $0.text.map { contains($0, word) } ?? false }
    }

    static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard !word.isEmpty else { return true }
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { start in
            word.indices.allSatisfy { ASCIICase.lowered(text[start + $0]) == word[$0] }
        }
    }

    /// Whether an event of the stream is shown.
    func shows(_ event: TailEvent) -> Bool { word.map { Self.contains(event.line, $0) } ?? true }
}
