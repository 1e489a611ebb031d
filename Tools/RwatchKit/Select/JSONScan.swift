import RedisRESP

/// Finds one value in a JSON text (RFC 8259) without building anything, and without a loss: a number stays the digits
/// that were sent.
///
/// The whole text is read, because what is no JSON further on is no JSON. Of several members of the same name the last
/// one counts, as most parsers have it.
struct JSONScan {
    /// A step into a value.
    enum Step: Sendable, Equatable {
        case member([UInt8])
        case element(Int)
    }

    /// What a path leads to.
    struct Found {
        enum Kind { case string, number, boolean(Bool), null, object, array }

        let kind: Kind
        /// The value's bytes; those between the quotes of a string.
        let range: Range<Int>
    }

    /// A text that is nested more deeply is no JSON here.
    static let deepest = 128

    private let path: [Step]
    fileprivate var index = 0
    private var depth = 0
    fileprivate var found: Found?

    fileprivate init(_ path: [Step]) { self.path = path }

    /// The value that `path` leads to; `nil` when there is none, or when the text is no JSON.
    static func find(_ path: [Step], in text: RawSpan) -> Found? {
        var scan = JSONScan(path)
        scan.skipBlanks(text)
        guard scan.value(text, at: 0) else { return nil }
        scan.skipBlanks(text)
        return scan.index == text.byteCount ? scan.found : nil
    }

    fileprivate mutating func skipBlanks(_ text: RawSpan) {
        while index < text.byteCount {
            switch text.byte(at: index) {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    fileprivate mutating func take(_ byte: UInt8, _ text: RawSpan) -> Bool {
        guard index < text.byteCount, text.byte(at: index) == byte else { return false }
        index += 1
        return true
    }

    /// Reads a value. `level` says how many steps of the path lead to it; -1 if they lead elsewhere.
    fileprivate mutating func value(_ text: RawSpan, at level: Int) -> Bool {
        guard index < text.byteCount else { return false }
        let start = index
        let isTarget = level == path.count
        var kind: Found.Kind
        switch text.byte(at: start) {
        case UInt8(ascii: "{"):
            kind = .object
            guard object(text, at: level) else { return false }
        case UInt8(ascii: "["):
            kind = .array
            guard array(text, at: level) else { return false }
        case UInt8(ascii: "\""):
            guard let range = string(text) else { return false }
            if isTarget { found = Found(kind: .string, range: range) }
            return true
        case UInt8(ascii: "t"):
            kind = .boolean(true)
            guard word("true", text) else { return false }
        case UInt8(ascii: "f"):
            kind = .boolean(false)
            guard word("false", text) else { return false }
        case UInt8(ascii: "n"):
            kind = .null
            guard word("null", text) else { return false }
        default:
            kind = .number
            guard number(text) else { return false }
        }
        if isTarget { found = Found(kind: kind, range: start..<index) }
        return true
    }

    private mutating func object(_ text: RawSpan, at level: Int) -> Bool {
        guard depth < Self.deepest else { return false }
        depth += 1
        defer { depth -= 1 }
        index += 1
        skipBlanks(text)
        if take(UInt8(ascii: "}"), text) { return true }
        while true {
            guard let name = string(text) else { return false }
            skipBlanks(text)
            guard take(UInt8(ascii: ":"), text) else { return false }
            skipBlanks(text)
            var next = -1
            if level >= 0, level < path.count, case .member(let member) = path[level],
                JSONString.equals(text.part(name), member.rawSpan)
            {
                next = level + 1
                // A later member of the same name takes the place of an earlier one.
                found = nil
            }
            guard value(text, at: next) else { return false }
            skipBlanks(text)
            if take(UInt8(ascii: "}"), text) { return true }
            guard take(UInt8(ascii: ","), text) else { return false }
            skipBlanks(text)
        }
    }

    private mutating func array(_ text: RawSpan, at level: Int) -> Bool {
        guard depth < Self.deepest else { return false }
        depth += 1
        defer { depth -= 1 }
        index += 1
        skipBlanks(text)
        if take(UInt8(ascii: "]"), text) { return true }
        var position = 0
        while true {
            let isOnPath = level >= 0 && level < path.count && path[level] == .element(position)
            guard value(text, at: isOnPath ? level + 1 : -1) else { return false }
            position += 1
            skipBlanks(text)
            if take(UInt8(ascii: "]"), text) { return true }
            guard take(UInt8(ascii: ","), text) else { return false }
            skipBlanks(text)
        }
    }

    /// Reads a string. Returns what is between its quotes.
    fileprivate mutating func string(_ text: RawSpan) -> Range<Int>? {
        guard take(UInt8(ascii: "\""), text) else { return nil }
        let start = index
        while let mark = text.firstIndex(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: index) {
            for place in index..<mark where text.byte(at: place) < 0x20 { return nil }
            if text.byte(at: mark) == UInt8(ascii: "\"") {
                index = mark + 1
                return start..<mark
            }
            index = mark
            guard let end = JSONString.escapeEnd(text, at: mark) else { return nil }
            index = end
        }
        return nil
    }

    private mutating func word(_ word: StaticString, _ text: RawSpan) -> Bool {
        let end = index + word.utf8CodeUnitCount
        guard end <= text.byteCount, text.part(index..<end).equals(word) else { return false }
        index = end
        return true
    }

    private mutating func digits(_ text: RawSpan) -> Bool {
        let start = index
        while index < text.byteCount, text.byte(at: index) &- UInt8(ascii: "0") < 10 { index += 1 }
        return index > start
    }

    private mutating func number(_ text: RawSpan) -> Bool {
        _ = take(UInt8(ascii: "-"), text)
        let isZero = take(UInt8(ascii: "0"), text)
        guard isZero || digits(text) else { return false }
        if take(UInt8(ascii: "."), text) { guard digits(text) else { return false } }
        if take(UInt8(ascii: "e"), text) || take(UInt8(ascii: "E"), text) {
            if !take(UInt8(ascii: "-"), text) { _ = take(UInt8(ascii: "+"), text) }
            guard digits(text) else { return false }
        }
        return true
    }
}

/// The members of a JSON object, or the elements of an array, one after the other, read as ``JSONScan`` reads.
struct JSONItems {
    private var scan = JSONScan([])
    private let isObject: Bool
    private var isBegun = false
    /// Whether the last item was followed by the end, and that by nothing else.
    private(set) var isWhole = false

    /// `nil` when the text begins neither with an object nor with an array.
    init?(_ text: RawSpan) {
        scan.skipBlanks(text)
        isObject = scan.take(UInt8(ascii: "{"), text)
        guard isObject || scan.take(UInt8(ascii: "["), text) else { return nil }
    }

    /// The next item: the bytes between the quotes of its name, which is empty in an array, and its value. `nil` at the
    /// end, and where the text is no JSON.
    mutating func next(in text: RawSpan) -> (name: Range<Int>, value: JSONScan.Found)? {
        scan.skipBlanks(text)
        if scan.take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), text) {
            scan.skipBlanks(text)
            isWhole = scan.index == text.byteCount
            return nil
        }
        if isBegun {
            guard scan.take(UInt8(ascii: ","), text) else { return nil }
            scan.skipBlanks(text)
        }
        isBegun = true
        var name = 0..<0
        if isObject {
            guard let found = scan.string(text) else { return nil }
            name = found
            scan.skipBlanks(text)
            guard scan.take(UInt8(ascii: ":"), text) else { return nil }
            scan.skipBlanks(text)
        }
        scan.found = nil
        guard scan.value(text, at: 0), let value = scan.found else { return nil }
        return (name, value)
    }
}
