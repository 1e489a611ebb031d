/// What `CLIENT LIST` tells of a monitor's queue: a line a client, `id=7 addr=… flags=O … omem=20512 …`
/// (https://redis.io/docs/latest/commands/client-list/).
package enum GuardReading: Equatable {
    /// The server keeps that many bytes for it, in that many blocks.
    case queued(Int, blocks: Int)
    /// No monitor of that id is there.
    case absent
    /// It is there, but not how much is kept for it.
    case unknown

    package init(_ list: RedisBytes, id: Int) {
        // Client names hold no blank and no line feed, so that the fields can be told apart.
        let start = "id=\(id) "
        guard let line = list.lines.first(where: { $0.begins(with: start) }),
            line.value(ofField: "flags", separator: UInt8(ascii: " "))?.contains(UInt8(ascii: "O")) == true
        else {
            self = .absent
            return
        }
        guard let omem = Self.number("omem", in: line) else {
            self = .unknown
            return
        }
        // Without the number of blocks no block is taken for one of a single line.
        self = .queued(omem, blocks: Self.number("oll", in: line) ?? .max >> 20)
    }

    private static func number(_ field: String, in line: RedisBytes) -> Int? {
        let number = line.value(ofField: field, separator: UInt8(ascii: " "))?.decimal(Int.self)
        // A count is not negative, and small enough to be reckoned with. One that is too large is large all the same.
        return number.flatMap { $0 >= 0 ? $0.nearestCount : nil }
    }
}

/// What has arrived over a monitor's link.
package struct MonitorArrivals: Sendable, Equatable {
    /// The bytes of all whole lines.
    package private(set) var bytes = 0
    /// The bytes of the longest line since the link stood.
    package private(set) var longest = 0

    package init() {}

    /// Lines have arrived, so many bytes.
    package mutating func add(_ count: Int, longest line: Int) {
        bytes &+= count
        if line > longest { longest = line }
    }
}
