import RedisRESP

/// Makes replies of the bytes of an input. Each place of a reply has what a server would say there; a byte decides
/// whether it stands there, or what else. Where the input has ended, all is as a server would say it, so that the empty
/// input is a good server, and a changed byte is one place changed.
///
/// - `.`: as it should be. `-`: left out.
/// - `n` and a byte: one of the numbers that nobody can reckon with; `i` the same as a text.
/// - `w` and a byte: one of the words that mean something somewhere.
/// - `t`: the bytes up to the next `.`, as a text. `T` the same, many times over.
/// - `e`: an error with that text. `E` the same, many times over.
/// - `0`: null. `b`: a boolean. `d`: a double. `v`: a verbatim string. `#`: a big number.
/// - `a`, `s`, `p`, `m` and a byte: an array, set, push or map of some values, each made in the same way; `A` is an
///   array of many.
/// - `x`: the value is followed by another one.
/// - Any other byte: a text of this byte.
struct ReplySource {
    /// Numbers at the edges of what is counted, numbered and named by servers.
    static let numbers: [Int] = [
        0, 1, -1, .max, .min, .max - 1, .min + 1, 1 << 56, 1 << 56 + 1, 1 << 62, 65_535, 65_536, 16_383, 16_384,
        -16_384, 2, 3, 7000,
        255, 1 << 31, 1 << 32, 1 << 30,
    ]
    /// The same where they stand in a text, and what is no number.
    static let numberTexts: [String] =
        numbers.map { "\($0)" } + [
            "99999999999999999999", "-99999999999999999999", "nan", "inf", "1e400", "0x10", "+1", "-0", " 1", "1.5", "",
            "-", "007",
            "\u{661}", "1\u{301}",
        ]
    static let words: [String] = [
        "OK", "PONG", "master", "slave", "replica", "sentinel", "cluster", "standalone", "online", "failed", "?",
        "127.0.0.1", "::1",
        "ERR unknown command 'HELLO', with args beginning with: 'hunter2-secret'", "NOAUTH Authentication required.",
        "WRONGPASS hunter2-secret", "LOADING", "BUSY", "ERR max number of clients", "ERR no password is set",
        "MOVED 1 a:1",
        "NOPERM no", "AKE", "movablekeys", "get|set", "id=7 flags=O omem=1 oll=1 ", "name=keywatch:m:AKE:=x:1:A",
        "calls=1,usec=1",
        "\r\n", "\n", ":", "=", ",", " ", "\u{1F1E9}\u{1F1EA}", "\u{301}", "\u{212A}", "\u{0}", "\u{1B}[2J", "\u{202E}",
    ]
    /// Deeper than any reply that is read.
    private static let deepest = 6
    /// So many values are made of one input, whatever it says.
    private static let mostValues = 4096

    private var rest: ArraySlice<UInt8>
    private var made = 0

    init(_ input: ArraySlice<UInt8>) { rest = input }

    /// The next byte; a `.` when there is none.
    mutating func byte() -> UInt8 { rest.popFirst() ?? UInt8(ascii: ".") }

    /// A number below `count`: 0 for a `.`, and where there is no byte.
    mutating func choice(_ count: Int) -> Int { Int((byte() &- UInt8(ascii: ".")) % UInt8(count)) }

    mutating func number() -> Int { Self.numbers[choice(Self.numbers.count)] }

    /// The bytes up to the next point.
    mutating func text() -> [UInt8] {
        let text = rest.prefix { $0 != UInt8(ascii: ".") }
        rest = rest.dropFirst(text.count + 1)
        return Array(text)
    }

    /// What stands where a server would say `usual`; several values when there are more than one, none when it is left
    /// out.
    mutating func values(_ usual: RESPValue) -> [RESPValue] {
        switch byte() {
        case UInt8(ascii: "-"): return []
        case UInt8(ascii: "x"): return values(usual) + values(usual)
        case let kind: return [value(kind, usual, depth: 0)]
        }
    }

    /// The same where exactly one value stands.
    mutating func value(_ usual: RESPValue) -> RESPValue { value(byte(), usual, depth: 0) }

    private mutating func value(_ kind: UInt8, _ usual: RESPValue, depth: Int) -> RESPValue {
        made += 1
        guard made < Self.mostValues else { return usual }
        switch kind {
        case UInt8(ascii: "."): return usual
        case UInt8(ascii: "n"): return .integer(number())
        case UInt8(ascii: "i"): return .bulkString(RedisBytes(Self.numberTexts[choice(Self.numberTexts.count)]))
        case UInt8(ascii: "w"): return .bulkString(RedisBytes(Self.words[choice(Self.words.count)]))
        case UInt8(ascii: "t"): return .bulkString(RedisBytes(text()))
        case UInt8(ascii: "T"): return .simpleString(many(text()))
        case UInt8(ascii: "e"): return .error(RedisBytes(text()))
        case UInt8(ascii: "E"): return .error(many(text()))
        case UInt8(ascii: "0"): return .null
        case UInt8(ascii: "b"): return .boolean(choice(2) == 1)
        case UInt8(ascii: "d"): return .double([0, -1, .infinity, .nan, 1e300][choice(5)])
        case UInt8(ascii: "v"): return .verbatimString(format: "txt", text: RedisBytes(text()))
        case UInt8(ascii: "#"): return .bigNumber("123456789012345678901234567890")
        case UInt8(ascii: "a"): return .array(children(depth))
        // Not within another one: the time would go with the product of their lengths.
        case UInt8(ascii: "A") where depth == 0:
            return .array([RESPValue](repeating: child(Self.deepest - 1), count: 100))
        case UInt8(ascii: "s"): return .set(children(depth))
        case UInt8(ascii: "p"): return .push(children(depth))
        case UInt8(ascii: "m"):
            return .map((0..<choice(8)).map { _ in RESPValue.Pair(key: child(depth), value: child(depth)) })
        default: return .bulkString(RedisBytes([kind]))
        }
    }

    private mutating func children(_ depth: Int) -> [RESPValue] { (0..<choice(8)).map { _ in child(depth) } }

    private mutating func child(_ depth: Int) -> RESPValue {
        let kind = byte()
        return depth < Self.deepest ? value(kind, .null, depth: depth + 1) : .null
    }

    private func many(_ text: [UInt8]) -> RedisBytes {
        RedisBytes((0..<(3000 / max(text.count, 1))).flatMap { _ in text })
    }

    /// The texts of what stands in one place: numbers in decimal form, nothing for what has none.
    mutating func texts(_ usual: String) -> [RedisBytes] {
        values(.bulkString(RedisBytes(usual))).map { value in
            if case .integer(let number) = value { RedisBytes("\(number)") } else { value.bytes ?? "" }
        }
    }

    /// A text of lines `name:value`, as INFO tells them.
    mutating func lines(_ usual: [(String, String)]) -> RedisBytes {
        var text: [UInt8] = []
        for (name, value) in usual {
            for value in texts(value) { text += Array(name.utf8) + [UInt8(ascii: ":")] + value.bytes + [0x0d, 0x0a] }
        }
        return RedisBytes(text)
    }

    /// Pairs of names and values, in a map or a flat array.
    mutating func fields(_ usual: [(String, RESPValue)]) -> RESPValue {
        let isMap = choice(2) == 0
        var pairs: [RESPValue.Pair] = []
        for (name, value) in usual {
            for value in values(value) { pairs.append(.init(key: .bulkString(RedisBytes(name)), value: value)) }
        }
        return isMap ? .map(pairs) : .array(pairs.flatMap { [$0.key, $0.value] })
    }
}

extension RESPValue {
    /// The same value, as it comes over a link.
    func sent() throws(Broken) -> RESPValue {
        var reader = StreamReader(limits: RedisFrameLimits())
        try reader.read(RESPWriter.write([self])[...])
        let values = reader.values
        try Broken.unless(values.count == 1, "a reply is no frame")
        return values[0]
    }
}
