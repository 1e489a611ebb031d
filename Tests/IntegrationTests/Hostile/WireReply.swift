/// A reply as a tree, so that a hostile server can change each string, number or type in what an honest one says.
indirect enum WireReply: Sendable {
    case simple([UInt8])
    case bulk([UInt8])
    case integer(Int)
    case null
    case array([WireReply])
    /// A map, which RESP2 has as a flat array.
    case map([(WireReply, WireReply)])
    /// A push, which RESP2 has as an array.
    case push([WireReply])
    /// Several replies in a row.
    case sequence([WireReply])
    /// These bytes and no others.
    case raw([UInt8])

    static func text(_ text: String) -> WireReply { .bulk(Array(text.utf8)) }
    static func raw(_ text: String) -> WireReply { .raw(Array(text.utf8)) }
    static let ok = WireReply.simple(Array("OK".utf8))

    /// A flat list of texts.
    static func list(_ texts: [String]) -> WireReply { .array(texts.map { .text($0) }) }

    /// A map of texts.
    static func fields(_ pairs: KeyValuePairs<String, String>) -> WireReply {
        .map(pairs.map { (.text($0.key), .text($0.value)) })
    }

    func bytes(isRESP3: Bool) -> [UInt8] {
        func head(_ type: String, _ count: Int) -> [UInt8] { Array("\(type)\(count)\r\n".utf8) }
        func all(_ parts: [WireReply]) -> [UInt8] { parts.flatMap { $0.bytes(isRESP3: isRESP3) } }
        switch self {
        case .simple(let text): return Array("+".utf8) + text + [0x0d, 0x0a]
        case .bulk(let bytes): return head("$", bytes.count) + bytes + [0x0d, 0x0a]
        case .integer(let number): return head(":", number)
        case .null: return Array((isRESP3 ? "_\r\n" : "$-1\r\n").utf8)
        case .array(let parts): return head("*", parts.count) + all(parts)
        case .push(let parts): return head(isRESP3 ? ">" : "*", parts.count) + all(parts)
        case .map(let pairs):
            return head(isRESP3 ? "%" : "*", isRESP3 ? pairs.count : pairs.count * 2)
                + all(pairs.flatMap { [$0.0, $0.1] })
        case .sequence(let replies): return all(replies)
        case .raw(let bytes): return bytes
        }
    }

    /// The reply with each leaf, a string or a number, replaced by the result of `change`.
    func changingLeaves(_ change: (WireReply) -> WireReply) -> WireReply {
        switch self {
        case .simple, .bulk, .integer: change(self)
        case .array(let parts): .array(parts.map { $0.changingLeaves(change) })
        case .push(let parts): .push(parts.map { $0.changingLeaves(change) })
        case .sequence(let parts): .sequence(parts.map { $0.changingLeaves(change) })
        case .map(let pairs): .map(pairs.map { ($0.0.changingLeaves(change), $0.1.changingLeaves(change)) })
        case .null, .raw: self
        }
    }

    /// The same with each element of its outermost collection replaced, but for the names of a map's fields and the
    /// kind of a push, without which nothing would be read of it.
    func replacingElements(by other: WireReply) -> WireReply {
        switch self {
        case .array(let parts): .array(parts.map { _ in other })
        case .push(let parts): .push(Array(parts.prefix(1)) + parts.dropFirst().map { _ in other })
        case .map(let pairs): .map(pairs.map { ($0.0, other) })
        case .sequence(let replies): .sequence(replies.map { $0.replacingElements(by: other) })
        default: other
        }
    }

    /// The same where each element of the outermost array has its own elements replaced: a shard's fields, a
    /// Sentinel's.
    func replacingInnerElements(by other: WireReply) -> WireReply {
        switch self {
        case .array(let parts): .array(parts.map { $0.replacingElements(by: other) })
        case .map(let pairs): .map(pairs.map { ($0.0, $0.1.replacingElements(by: other)) })
        default: other
        }
    }
}
