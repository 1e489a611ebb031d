package import RedisRESP

/// One client of a server, as CLIENT LIST tells of it.
package struct ClientRow: Sendable, Equatable {
    /// The connection's number.
    package var id: Int?
    package var address: [UInt8] = []
    /// The name that it has given itself; empty when it has none.
    package var name: [UInt8] = []
    /// Empty at a server without users.
    package var user: [UInt8] = []
    /// The last command.
    package var command: [UInt8] = []
    /// For how many seconds it is connected, and has sent nothing.
    package var age: Int?
    package var idle: Int?
    /// How many bytes the server holds for it.
    package var pending: Int?
    /// What it has sent since it is connected; `nil` at a server that does not count that (Redis before 8, Valkey
    /// before 8).
    package var commands: Int?
    package var input: Int?
    package var output: Int?

    package init() {}

    /// Reads a line of fields `name=value`; `nil` when it has no address.
    init?(_ line: RedisBytes) {
        var start = 0
        while start < line.count {
            let end = line.rawSpan.firstIndex(of: UInt8(ascii: " "), from: start) ?? line.count
            let field = line.slice(start..<end)
            start = end + 1
            guard let sign = field.rawSpan.firstIndex(of: UInt8(ascii: "="), from: 0) else { continue }
            let value = field.slice((sign + 1)..<field.count)
            switch field.slice(0..<sign) {
            case "id": id = value.decimal()
            case "addr": address = Self.text(value)
            case "name": name = Self.text(value)
            case "user": user = Self.text(value)
            case "cmd": command = Self.text(value)
            case "age": age = Self.count(value)
            case "idle": idle = Self.count(value)
            case "omem": pending = Self.count(value)
            case "tot-cmds": commands = Self.count(value)
            case "tot-net-in": input = Self.count(value)
            case "tot-net-out": output = Self.count(value)
            default: break
            }
        }
        if address.isEmpty { return nil }
    }

    /// The longest text that is kept.
    private static let longestText = 128

    private static func text(_ value: RedisBytes) -> [UInt8] { Array(value.prefix(longestText)) }

    private static func count(_ value: RedisBytes) -> Int? { value.decimal(Int.self)?.asCount }
}

/// The clients of a server. However large the reply is, no more of them are kept than the limit.
package struct ClientRows: Sendable, Equatable {
    /// So many are kept at most.
    package static let most = 4096

    package private(set) var rows: [ClientRow] = []
    /// How many connections the server has told of.
    package private(set) var told = 0

    package init() {}

    /// Reads a reply: a line for each connection. Lines without an address are passed over.
    package init(_ reply: RedisBytes) {
        for line in reply.lines {
            guard told < Self.most else {
                told += 1
                continue
            }
            guard let row = ClientRow(line) else { continue }
            told += 1
            rows.append(row)
        }
    }
}
