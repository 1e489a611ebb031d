/// Reads one item of CBOR (RFC 8949), as this library or any other writes it.
///
/// What the bytes say never makes it allocate more than a fixed multiple of their count, and never recurse deeper than
/// `deepest`. Tags are passed over: what they stand in front of is read as it is.
struct CBORReader {
    /// Why bytes are no CBOR, and where.
    struct Failure: Error, Hashable {
        let offset: Int
        let reason: String
    }

    /// How deep arrays and maps may stand in each other, tags included.
    static let deepest = 512

    private let bytes: RedisBytes
    private var position = 0

    /// Reads the one item that the bytes are.
    ///
    /// - Throws: `Failure`.
    static func item(of bytes: RedisBytes) throws(Failure) -> CodedItem {
        var reader = CBORReader(bytes: bytes)
        let item = try reader.readItem(depth: 0)
        guard reader.position == bytes.count else { throw reader.failure("something follows the item") }
        return item
    }

    private init(bytes: RedisBytes) { self.bytes = bytes }

    private func failure(_ reason: String) -> Failure { Failure(offset: position, reason: reason) }

    /// A major type and its argument, which is `nil` for an indefinite length.
    private struct Head {
        let major: UInt8
        let info: UInt8
        let argument: UInt64?
    }

    private mutating func readItem(depth: Int) throws(Failure) -> CodedItem {
        guard depth < Self.deepest else { throw failure("deeper than \(Self.deepest)") }
        let head = try readHead()
        switch head.major {
        case 0: return .integer(Int128(try definite(head)))
        case 1: return .integer(-1 - Int128(try definite(head)))
        case 2: return .bytes(try readString(head))
        case 3:
            guard let text = try readString(head).text else { throw failure("a text that is not UTF-8") }
            return .text(text)
        case 4: return .array(try readArray(head, depth))
        case 5: return .map(try readMap(head, depth))
        case 6:
            _ = try definite(head)
            return try readItem(depth: depth + 1)
        default: return try simple(head)
        }
    }

    private mutating func readHead() throws(Failure) -> Head {
        let first = try readByte()
        let info = first & 0x1f
        let argument: UInt64? =
            switch info {
            case 0..<24: UInt64(info)
            case 24: try readNumber(1)
            case 25: try readNumber(2)
            case 26: try readNumber(4)
            case 27: try readNumber(8)
            case 31: nil
            default: throw failure("a length that CBOR does not have")
            }
        return Head(major: first >> 5, info: info, argument: argument)
    }

    private mutating func readByte() throws(Failure) -> UInt8 {
        guard position < bytes.count else { throw failure("the end in the middle of an item") }
        position += 1
        return bytes[position - 1]
    }

    private mutating func readNumber(_ length: Int) throws(Failure) -> UInt64 {
        var number: UInt64 = 0
        for _ in 0..<length { number = number << 8 | UInt64(try readByte()) }
        return number
    }

    private func definite(_ head: Head) throws(Failure) -> UInt64 {
        guard let argument = head.argument else { throw failure("an item without the length that it needs") }
        return argument
    }

    /// A count of things that take at least `size` bytes each. More than fit into the rest are refused before anything
    /// is allocated for them.
    private func count(_ argument: UInt64, ofSize size: Int) throws(Failure) -> Int {
        guard argument <= UInt64((bytes.count - position) / size) else {
            throw failure("more is announced than follows")
        }
        return Int(argument)
    }

    private mutating func readString(_ head: Head) throws(Failure) -> RedisBytes {
        if let argument = head.argument { return try readRun(argument) }
        var whole: [UInt8] = []
        while try !readBreak() {
            let part = try readHead()
            guard part.major == head.major, let argument = part.argument else {
                throw failure("a string whose part is no string")
            }
            whole += try readRun(argument)
        }
        return RedisBytes(whole)
    }

    private mutating func readRun(_ argument: UInt64) throws(Failure) -> RedisBytes {
        let length = try count(argument, ofSize: 1)
        defer { position += length }
        return bytes.part(position..<(position + length))
    }

    private mutating func readBreak() throws(Failure) -> Bool {
        guard position < bytes.count else { throw failure("the end in the middle of an item") }
        guard bytes[position] == 0xff else { return false }
        position += 1
        return true
    }

    private mutating func readArray(_ head: Head, _ depth: Int) throws(Failure) -> [CodedItem] {
        var items: [CodedItem] = []
        if let argument = head.argument {
            for _ in 0..<(try count(argument, ofSize: 1)) { items.append(try readItem(depth: depth + 1)) }
        } else {
            while try !readBreak() { items.append(try readItem(depth: depth + 1)) }
        }
        return items
    }

    private mutating func readMap(_ head: Head, _ depth: Int) throws(Failure) -> [String: CodedItem] {
        var items: [String: CodedItem] = [:]
        if let argument = head.argument {
            for _ in 0..<(try count(argument, ofSize: 2)) { try readPair(into: &items, depth) }
        } else {
            while try !readBreak() { try readPair(into: &items, depth) }
        }
        return items
    }

    private mutating func readPair(into items: inout [String: CodedItem], _ depth: Int) throws(Failure) {
        let name: String
        switch try readItem(depth: depth + 1) {
        case .text(let text): name = text
        case .integer(let number): name = "\(number)"
        default: throw failure("a key that is neither text nor a number")
        }
        let item = try readItem(depth: depth + 1)
        guard items.updateValue(item, forKey: name) == nil else { throw failure("a key that stands twice") }
    }

    private func simple(_ head: Head) throws(Failure) -> CodedItem {
        let argument = try definite(head)
        switch head.info {
        case 20: return .boolean(false)
        case 21: return .boolean(true)
        case 22, 23: return .null
        case 25: return .double(Double(Float16(bitPattern: UInt16(argument))))
        case 26: return .double(Double(Float(bitPattern: UInt32(argument))))
        case 27: return .double(Double(bitPattern: argument))
        default: throw failure("a simple value without a meaning")
        }
    }
}
