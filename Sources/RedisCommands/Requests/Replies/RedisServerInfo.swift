/// What a server tells of itself (INFO): fields in sections. Bytes that are not UTF-8 are replaced.
public struct RedisServerInfo: Sendable, Hashable {
    /// The fields of each section, by the section's name, such as `Memory`.
    public let sections: [String: [String: String]]

    /// The value of a field such as `used_memory`, in whatever section it is.
    public subscript(_ field: String) -> String? {
        for fields in sections.values { if let value = fields[field] { return value } }
        return nil
    }

    /// The number in a field; `nil` when the field is missing or is no such number.
    public func integer(_ field: String) -> Int? { self[field]?.utf8.decimal() }
}

extension RedisServerInfo: RedisReply {
    /// Lines `# Section` and `field:value`.
    public init?(reply: RESPValue) {
        guard let text = reply.bytes else { return nil }
        var sections: [String: [String: String]] = [:]
        var section = ""
        for line in text.lines {
            if line.first == UInt8(ascii: "#") {
                section = String(decoding: line.dropFirst().drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
                sections[section] = sections[section] ?? [:]
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = String(decoding: line[..<colon], as: UTF8.self)
                sections[section, default: [:]][name] = String(decoding: line[(colon + 1)...], as: UTF8.self)
            }
        }
        self.sections = sections
    }
}

/// What a server tells of one of its connections (CLIENT LIST).
public struct RedisClientInfo: Sendable, Hashable {
    /// The connection's number.
    public let id: Int
    /// All fields, such as `addr`, `name`, `age`, `idle`, `flags`, `db`, `cmd` and `user`. Which there are differs by
    /// release. Bytes that are not UTF-8 are replaced.
    public let fields: [String: String]

    /// From where it came, `host:port`.
    public var address: String { fields["addr"] ?? "" }
    /// Its name; `nil` when it has none.
    public var name: String? { fields["name"].flatMap { $0.isEmpty ? nil : $0 } }
    /// Its user (Redis 6.0).
    public var user: String? { fields["user"] }

    /// A line of fields `name=value` with blanks between.
    private init?(_ line: RedisBytes) {
        var fields: [String: String] = [:]
        for field in line.split(separator: UInt8(ascii: " ")) {
            guard let sign = field.firstIndex(of: UInt8(ascii: "=")) else { continue }
            fields[String(decoding: field[..<sign], as: UTF8.self)] = String(
                decoding: field[field.index(after: sign)...],
                as: UTF8.self
            )
        }
        guard let id = fields["id"]?.utf8.decimal(Int.self) else { return nil }
        self.id = id
        self.fields = fields
    }

    /// A line for each connection.
    static func list(_ reply: RESPValue) -> [RedisClientInfo]? {
        guard let text = reply.bytes else { return nil }
        var clients: [RedisClientInfo] = []
        for line in text.lines {
            guard let client = RedisClientInfo(line) else { return nil }
            clients.append(client)
        }
        return clients
    }

    /// The one line.
    static func only(_ reply: RESPValue) -> RedisClientInfo? {
        guard let clients = list(reply), clients.count == 1 else { return nil }
        return clients[0]
    }
}

/// What a server is to others.
public enum RedisRole: Sendable, Hashable {
    /// A primary: how far it has written, in bytes, and its replicas.
    case primary(offset: Int, replicas: [Replica])
    /// A replica: of whom, in which state its link to the primary is (`connect`, `connecting`, `sync`, `connected` and
    /// others), and how far it has read, in bytes; -1 before that.
    case replica(host: String, port: Int, state: String, offset: Int)
    /// A Sentinel, with the names of the primaries that it monitors.
    case sentinel(names: [RedisBytes])

    /// A replica, as its primary sees it.
    public struct Replica: Sendable, Hashable {
        /// Its host.
        public let host: String
        /// Its port.
        public let port: Int
        /// How far it has confirmed, in bytes.
        public let offset: Int
    }
}

extension RedisRole: RedisReply {
    /// An array that begins with `master`, `slave` or `sentinel`.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, let role = parts.first?.text else { return nil }
        switch role {
        case "master":
            guard parts.count == 3, let offset = parts[1].integer, let replicas = [Replica](reply: parts[2]) else {
                return nil
            }
            self = .primary(offset: offset, replicas: replicas)
        case "slave":
            guard parts.count == 5, let host = parts[1].text, let port = parts[2].integer, let state = parts[3].text,
                let offset = parts[4].integer
            else { return nil }
            self = .replica(host: host, port: port, state: state, offset: offset)
        case "sentinel":
            guard parts.count == 2, let names = [RedisBytes](reply: parts[1]) else { return nil }
            self = .sentinel(names: names)
        default: return nil
        }
    }
}

extension RedisRole.Replica: RedisReply {
    /// An array of the three.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count == 3, let host = parts[0].text, let port = parts[1].integer,
            let offset = parts[2].integer
        else { return nil }
        self.host = host
        self.port = port
        self.offset = offset
    }
}
