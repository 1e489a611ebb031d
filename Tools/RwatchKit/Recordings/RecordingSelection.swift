import RedisCore
import RedisReactor

/// Which events of a recording are used. A recording may hold commands and messages, and a condition on what only one
/// of them has leaves the others out.
package struct RecordingSelection: Sendable {
    /// What is used of one kind.
    package enum Part: Sendable {
        case all
        case none
        case some(Selection)
    }

    package var commands: Part
    package var messages: Part
    package var keyEvents: Part

    package init(commands: Part = .all, messages: Part = .all, keyEvents: Part = .all) {
        self.commands = commands
        self.messages = messages
        self.keyEvents = keyEvents
    }

    /// Whether the server's table of commands is needed.
    var needsCommands: Bool {
        if case .some(let selection) = commands { return selection.needsCommands }
        return false
    }

    /// The ACL categories that are asked for.
    var categories: Set<String> {
        if case .some(let selection) = commands { return Set(selection.categories) }
        return []
    }
}

/// Decides which events of a recording are used. It belongs to one thread.
struct RecordingFilter {
    private enum Part {
        case all
        case none
        case some(EventSelection)
    }

    private let commands: Part
    private let messages: Part
    private let keyEvents: Part
    private var nodes = RecordedNodes()

    init(_ selection: RecordingSelection, _ table: CommandCatalog) {
        commands = Self.part(selection.commands, table)
        messages = Self.part(selection.messages, table)
        keyEvents = Self.part(selection.keyEvents, table)
    }

    private static func part(_ part: RecordingSelection.Part, _ table: CommandCatalog) -> Part {
        switch part {
        case .all: .all
        case .none: .none
        case .some(let selection): selection.filter(table).map { .some(EventSelection($0)) } ?? .all
        }
    }

    /// Whether a command is used.
    mutating func selects(_ line: RawSpan, node: RawSpan) -> Bool {
        switch commands {
        case .all: true
        case .none: false
        case .some(let selection): selection.selects(line: line, node: nodes.number(of: node))
        }
    }

    /// Whether an event of a key is used.
    mutating func selects(_ event: borrowing RecordedKeyEvent) -> Bool {
        switch keyEvents {
        case .all: true
        case .none: false
        case .some(let selection):
            selection.selects(
                event: event.name,
                key: event.key,
                database: event.database,
                at: RedisTimestamp(microseconds: event.time),
                node: nodes.number(of: event.node)
            )
        }
    }

    /// Whether a message is used.
    mutating func selects(_ message: borrowing RecordedMessage) -> Bool {
        switch messages {
        case .all: true
        case .none: false
        case .some(let selection):
            selection.selects(
                message.kind,
                channel: message.channel,
                pattern: message.pattern,
                payload: message.payload,
                at: RedisTimestamp(microseconds: message.time),
                node: nodes.number(of: message.node)
            )
        }
    }
}

/// The servers that a recording names.
struct RecordedNodes {
    private var last: [UInt8] = []
    private var lastNumber = NodeNumber.none

    /// The number of a server: `127.0.0.1:6379`, `[::1]:6379`, `unix:/path`. None where there is something else.
    mutating func number(of name: RawSpan) -> NodeNumber {
        if name.byteCount == 0 { return .none }
        if !last.rawSpan.equals(name) {
            last = [UInt8](copying: name)
            lastNumber = RedisEndpoint(recorded: name).map { NodeNumber($0) } ?? .none
        }
        return lastNumber
    }
}

extension RedisEndpoint {
    /// The server that a recording names, as its `description` has it.
    init?(recorded name: RawSpan) {
        let text = String(decoding: [UInt8](copying: name), as: UTF8.self)
        if text.hasPrefix("unix:") {
            self = .unix(path: String(text.dropFirst(5)))
            return
        }
        guard let (host, port) = ClientAddress.split(name), let port, let number = UInt16(exactly: port) else {
            return nil
        }
        self = .tcp(host: String(decoding: [UInt8](copying: name.part(host)), as: UTF8.self), port: number)
    }
}
