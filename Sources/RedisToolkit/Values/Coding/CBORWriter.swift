/// Writes items as CBOR in its core deterministic form (RFC 8949, 4.2.1): each number in as few bytes as hold it, known
/// lengths, and keys in the order of their bytes. Equal items have equal bytes.
struct CBORWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ item: CodedItem) {
        switch item {
        case .integer(let value) where value >= 0: writeHead(0, UInt64(clamping: value))
        case .integer(let value): writeHead(1, UInt64(clamping: -1 - value))
        case .bytes(let value), .plain(let value):
            writeHead(2, UInt64(value.count))
            bytes += value
        case .text(let value): write(value)
        case .array(let items):
            writeHead(4, UInt64(items.count))
            for item in items { write(item) }
        case .map(let items): write(items)
        case .boolean(let value): bytes.append(value ? 0xf5 : 0xf4)
        case .null: bytes.append(0xf6)
        case .double(let value): write(value)
        }
    }

    private mutating func write(_ text: String) {
        let utf8 = text.utf8
        writeHead(3, UInt64(utf8.count))
        bytes += utf8
    }

    private mutating func write(_ items: [String: CodedItem]) {
        writeHead(5, UInt64(items.count))
        let keyed = items.map { name, item in
            var key = CBORWriter()
            key.write(name)
            return (key: key.bytes, item: item)
        }
        for (key, item) in keyed.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            bytes += key
            write(item)
        }
    }

    private mutating func write(_ value: Double) {
        if value.isNaN {
            bytes += [0xf9, 0x7e, 0x00]
        } else if let short = Float16(exactly: value) {
            writeHead(7, UInt64(short.bitPattern), length: 2)
        } else if let short = Float(exactly: value) {
            writeHead(7, UInt64(short.bitPattern), length: 4)
        } else {
            writeHead(7, value.bitPattern, length: 8)
        }
    }

    /// Writes a major type and its argument in as few bytes as hold it.
    private mutating func writeHead(_ major: UInt8, _ argument: UInt64) {
        switch argument {
        case 0..<24: bytes.append(major << 5 | UInt8(argument))
        case ...0xff: writeHead(major, argument, length: 1)
        case ...0xffff: writeHead(major, argument, length: 2)
        case ...0xffff_ffff: writeHead(major, argument, length: 4)
        default: writeHead(major, argument, length: 8)
        }
    }

    /// Writes a major type and its argument in 1, 2, 4 or 8 bytes.
    private mutating func writeHead(_ major: UInt8, _ argument: UInt64, length: Int) {
        bytes.append(major << 5 | UInt8(24 + length.trailingZeroBitCount))
        for shift in stride(from: 8 * (length - 1), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: argument >> UInt64(shift)))
        }
    }
}
