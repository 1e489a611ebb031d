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
        let start = Array("id=\(id) ".utf8)
        guard
            let line = list.bytes.split(separator: UInt8(ascii: "\n")).first(where: { $0.starts(with: start) }),
            Self.value("flags", in: line)?.contains(UInt8(ascii: "O")) == true
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

    private static func number(_ field: String, in line: ArraySlice<UInt8>) -> Int? {
        // A count is not negative, and small enough to be reckoned with.
        value(field, in: line).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            .flatMap { $0 >= 0 ? min($0, 1 << 56) : nil }
    }

    private static func value(_ field: String, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let start = Array("\(field)=".utf8)
        return line.split(separator: UInt8(ascii: " ")).first { $0.starts(with: start) }?.dropFirst(start.count)
    }
}
