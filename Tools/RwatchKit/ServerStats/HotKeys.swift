package import RedisRESP

/// What HOTKEYS GET tells (Redis 8.6 and later): the keys that took most of a server's time, among those of a sample.
package struct HotKeys: Sendable, Equatable {
    package struct Key: Sendable, Equatable {
        package var name: [UInt8]
        /// In microseconds.
        package var time: Int?
        /// What went over the network for it.
        package var bytes: Int?
    }

    /// So many are kept at most, and so many bytes of a name.
    private static let most = 256
    private static let longestName = 512

    /// Whether the server collects now.
    package private(set) var isCollecting = false
    package private(set) var keys: [Key] = []

    package init() {}

    /// Reads a reply: pairs of a name and a value, in a list or in a map, which may stand in a list again. Anything
    /// else is none.
    package init(_ reply: RESPValue) {
        var fields: [(name: RESPValue, value: RESPValue)] = Self.pairs(of: reply)
        if let first = reply.elements?.first, first.elements != nil || first.pairs != nil {
            fields = Self.pairs(of: first)
        }
        for (name, value) in fields {
            switch name.bytes {
            case "tracking-active": isCollecting = value.integer == 1
            case "by-cpu-time-us", "by-cpu-time": note(value) { $0.time = $1 }
            case "by-net-bytes": note(value) { $0.bytes = $1 }
            default: break
            }
        }
    }

    private mutating func note(_ list: RESPValue, _ set: (inout Key, Int?) -> Void) {
        for (name, value) in Self.pairs(of: list) {
            guard let bytes = name.bytes else { continue }
            let key = Array(bytes.prefix(Self.longestName))
            let place = keys.firstIndex { $0.name == key }
            if place == nil, keys.count == Self.most { continue }
            let amount = value.integer?.asCount ?? value.bytes?.decimal(Int.self)?.asCount
            if place == nil { keys.append(Key(name: key)) }
            set(&keys[place ?? keys.count - 1], amount)
        }
    }

    private static func pairs(of value: RESPValue) -> [(name: RESPValue, value: RESPValue)] {
        if let pairs = value.pairs { return pairs.prefix(2 * most).map { ($0.key, $0.value) } }
        guard let elements = value.elements else { return [] }
        return stride(from: 0, to: min(elements.count, 4 * most) - 1, by: 2).map { (elements[$0], elements[$0 + 1]) }
    }
}
