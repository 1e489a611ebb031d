/// Reads a regular expression.
struct RegularExpressionParser {
    private static let deepest = 64
    private static let mostRepeats = 1000

    private let source: String
    private let bytes: [UInt8]
    private var ignoresCase: Bool
    private var index = 0
    private var depth = 0

    init(_ source: String, ignoresCase: Bool) {
        self.source = source
        bytes = Array(source.utf8)
        self.ignoresCase = ignoresCase
    }

    /// Reads all of it.
    mutating func all() throws(ExpressionError) -> RegularExpressionNode {
        if bytes.starts(with: "(?i)".utf8) {
            ignoresCase = true
            index = 4
        }
        let node = try choice()
        guard index == bytes.count else { throw mistake("this ')' closes nothing", at: index) }
        return node
    }

    private func mistake(_ words: String, at offset: Int) -> ExpressionError {
        ExpressionError(words, in: source, at: offset)
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ wanted: Character) -> Bool {
        guard let byte, byte == wanted.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func choice() throws(ExpressionError) -> RegularExpressionNode {
        guard depth < Self.deepest else { throw mistake("this is nested too deeply", at: index) }
        depth += 1
        defer { depth -= 1 }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(ExpressionError) -> RegularExpressionNode {
        var (nodes, size) = ([RegularExpressionNode](), 0)
        while let byte, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            let start = index
            let node = try repeats(of: try atom(), from: start)
            size += node.size
            guard size <= RegularExpression.mostPositions else {
                throw mistake("the expression is too large", at: start)
            }
            nodes.append(node)
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    /// Reads `* + ? {m,n}` behind an atom.
    private mutating func repeats(
        of atom: RegularExpressionNode,
        from start: Int
    ) throws(ExpressionError) -> RegularExpressionNode {
        var node = atom
        let place = index
        if take("*") {
            node = .optional(.repeated(atom))
        } else if take("+") {
            node = .repeated(atom)
        } else if take("?") {
            node = .optional(atom)
        } else if let (least, most) = bounds() {
            guard least <= most ?? least, max(least, most ?? 0) <= Self.mostRepeats else {
                throw mistake("this number of repeats is not possible", at: place)
            }
            guard atom.size * max(least, most ?? 0, 1) <= RegularExpression.mostPositions else {
                throw mistake("the expression is too large", at: start)
            }
            var nodes = Array(repeating: atom, count: least)
            if let most {
                nodes += Array(repeating: .optional(atom), count: most - least)
            } else if least == 0 {
                nodes = [.optional(.repeated(atom))]
            } else {
                nodes[least - 1] = .repeated(atom)
            }
            node = .sequence(nodes)
        } else {
            return atom
        }
        // Whether it takes as little as possible makes no difference to whether it matches.
        _ = take("?")
        if let byte, "*+?".utf8.contains(byte) { throw mistake("there is nothing to repeat", at: index) }
        return node
    }

    /// Reads `{m}`, `{m,}` or `{m,n}`; a brace with anything else stands for itself.
    private mutating func bounds() -> (least: Int, most: Int?)? {
        let start = index
        guard take("{"), let least = number() else {
            index = start
            return nil
        }
        if take("}") { return (least, least) }
        if take(",") {
            if take("}") { return (least, nil) }
            if let most = number(), take("}") { return (least, most) }
        }
        index = start
        return nil
    }

    private mutating func number() -> Int? {
        let start = index
        var value = 0
        while let byte, byte &- 0x30 < 10, index - start < 6 {
            value = value * 10 + Int(byte - 0x30)
            index += 1
        }
        return index > start ? value : nil
    }

    private func symbol(_ set: SymbolSet) -> RegularExpressionNode { .symbol(ignoresCase ? set.inBothCases : set) }

    private mutating func atom() throws(ExpressionError) -> RegularExpressionNode {
        let start = index
        index += 1
        switch bytes[start] {
        case UInt8(ascii: "("):
            if take("?"), !take(":") { throw mistake("only (?:…) is known, and (?i) at the beginning", at: start) }
            let node = try choice()
            guard take(")") else { throw mistake("this '(' is not closed", at: start) }
            return node
        case UInt8(ascii: "["): return symbol(try characterClass(from: start))
        case UInt8(ascii: "."): return .symbol(.anyByte)
        case UInt8(ascii: "^"): return .symbol(SymbolSet(SymbolSet.textStart))
        case UInt8(ascii: "$"): return .symbol(SymbolSet(SymbolSet.textEnd))
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            throw mistake("there is nothing to repeat", at: start)
        case UInt8(ascii: "\\"): return symbol(try escape(from: start))
        case let first where first >= 0x80:
            // A character of several bytes is repeated as one.
            while let byte, byte & 0xC0 == 0x80 { index += 1 }
            return .sequence(bytes[start..<index].map { .symbol(SymbolSet(Int($0))) })
        case let literal: return symbol(SymbolSet(Int(literal)))
        }
    }

    /// Reads what follows a backslash.
    private mutating func escape(from start: Int) throws(ExpressionError) -> SymbolSet {
        guard let letter = byte else { throw mistake("this backslash escapes nothing", at: start) }
        index += 1
        switch letter {
        case UInt8(ascii: "d"): return Self.digits
        case UInt8(ascii: "D"): return Self.digits.inverted
        case UInt8(ascii: "w"): return Self.wordBytes
        case UInt8(ascii: "W"): return Self.wordBytes.inverted
        case UInt8(ascii: "s"): return Self.blanks
        case UInt8(ascii: "S"): return Self.blanks.inverted
        case UInt8(ascii: "n"): return SymbolSet(0x0A)
        case UInt8(ascii: "r"): return SymbolSet(0x0D)
        case UInt8(ascii: "t"): return SymbolSet(0x09)
        case UInt8(ascii: "f"): return SymbolSet(0x0C)
        case UInt8(ascii: "x"):
            let digits = String(decoding: bytes[index..<min(index + 2, bytes.count)], as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), !digits.hasPrefix("+") else {
                throw mistake("two hexadecimal digits are missing here", at: start)
            }
            index += 2
            return SymbolSet(Int(value))
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...0xFF:
            throw mistake("this escape is unknown (known: \\d \\w \\s \\D \\W \\S \\n \\r \\t \\f \\xHH)", at: start)
        default: return SymbolSet(Int(letter))
        }
    }

    private mutating func characterClass(from start: Int) throws(ExpressionError) -> SymbolSet {
        var set = SymbolSet()
        let isInverted = take("^")
        var isFirst = true
        while let next = byte, isFirst || next != UInt8(ascii: "]") {
            isFirst = false
            let place = index
            let (low, isSingle) = try member(&set)
            guard let low, isSingle, byte == UInt8(ascii: "-"), index + 1 < bytes.count,
                bytes[index + 1] != UInt8(ascii: "]")
            else { continue }
            index += 1
            guard let high = try member(&set).value, low <= high else {
                throw mistake("this range is not possible", at: place)
            }
            set.formUnion(SymbolSet(low...high))
        }
        guard take("]") else { throw mistake("this '[' is not closed", at: start) }
        // The letters of both cases are excluded together.
        if ignoresCase { set = set.inBothCases }
        return isInverted ? set.inverted : set
    }

    /// Reads one member of a class into `set`. Returns its byte if it is one byte.
    private mutating func member(_ set: inout SymbolSet) throws(ExpressionError) -> (value: UInt8?, isSingle: Bool) {
        guard let letter = byte else { return (nil, false) }
        guard letter < 0x80 else {
            throw mistake("a class has ASCII characters alone; write (é|è) for others", at: index)
        }
        let start = index
        index += 1
        guard letter == UInt8(ascii: "\\") else {
            set.insert(Int(letter))
            return (letter, true)
        }
        let members = try escape(from: start)
        set.formUnion(members)
        let value = (UInt8.min...UInt8.max).first { members == SymbolSet(Int($0)) }
        return (value, value != nil)
    }

    private static let digits = SymbolSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    private static let wordBytes: SymbolSet = {
        var set = digits
        set.formUnion(SymbolSet(UInt8(ascii: "a")...UInt8(ascii: "z")))
        set.formUnion(SymbolSet(UInt8(ascii: "A")...UInt8(ascii: "Z")))
        set.insert(Int(UInt8(ascii: "_")))
        return set
    }()
    private static let blanks = SymbolSet(0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D)
}
