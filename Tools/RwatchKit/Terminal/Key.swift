import RedisRESP

/// What was typed, or done with the mouse.
package enum Key: Sendable, Hashable {
    case character(Unicode.Scalar)
    case enter
    case tab
    case backTab
    case escape
    case backspace
    case delete
    case up
    case down
    case left
    case right
    case pageUp
    case pageDown
    case home
    case end
    /// A letter with Ctrl, in lower case.
    case control(Unicode.Scalar)
    case wheelUp
    case wheelDown
    /// A click of the first button, at a row and a column from 0 on.
    case click(row: Int, column: Int)
}

/// Makes keys of the bytes that a terminal sends, wherever they are cut. Unknown sequences are passed over. A plain
/// value.
package struct KeyDecoder: Sendable {
    /// No sequence of a terminal is longer.
    private static let longest = 32

    /// The beginning of a sequence, of which the rest has not come.
    private var pending: [UInt8] = []

    package init() {}

    /// Whether a key may have come in part. After a moment, `finish` says what it was.
    package var isPending: Bool { !pending.isEmpty }

    /// The keys that are whole now.
    package mutating func take(_ bytes: [UInt8]) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        var start = 0
        while start < pending.count {
            guard let (count, key) = Self.next(pending[start...]) else { break }
            start += count
            if let key { keys.append(key) }
        }
        pending.removeFirst(start)
        return keys
    }

    /// The keys that it was, because nothing more came: an Escape by itself, and what was typed behind it.
    package mutating func finish() -> [Key] {
        guard !pending.isEmpty else { return [] }
        let bytes = pending
        pending = []
        guard bytes[0] == 0x1b else { return [] }
        // A sequence of a terminal comes whole. So this was typed.
        return bytes.count == 1 ? [.escape] : bytes.count == 2 ? [.escape] + take([bytes[1]]) : []
    }

    /// The first key, or what is to be passed over, and how many bytes that is; `nil` when more has to come.
    private static func next(_ bytes: ArraySlice<UInt8>) -> (Int, Key?)? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x1b: return escape(Array(bytes.prefix(longest + 1)))
        case 0x0d, 0x0a: return (1, .enter)
        case 0x09: return (1, .tab)
        case 0x7f, 0x08: return (1, .backspace)
        case 0x01...0x1a: return (1, .control(Unicode.Scalar(first + 0x60)))
        case 0x20..<0x7f: return (1, .character(Unicode.Scalar(first)))
        case 0xc2...0xf4: return character(bytes)
        default: return (1, nil)
        }
    }

    private static func character(_ bytes: ArraySlice<UInt8>) -> (Int, Key?)? {
        let first = bytes[bytes.startIndex]
        let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        let part = bytes.prefix(length)
        for (index, byte) in part.enumerated().dropFirst() where byte & 0xc0 != 0x80 { return (index, nil) }
        guard part.count == length else { return nil }
        guard let text = String(validating: part, as: UTF8.self), let scalar = text.unicodeScalars.first else {
            return (length, nil)
        }
        return (length, .character(scalar))
    }

    private static func escape(_ bytes: [UInt8]) -> (Int, Key?)? {
        guard bytes.count > 1 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["): return sequence(bytes)
        case UInt8(ascii: "O"):
            guard bytes.count > 2 else { return nil }
            return (3, named(bytes[2], 0))
        // Escape twice, or Escape and a key soon after it.
        default: return (1, .escape)
        }
    }

    /// A sequence that begins with Escape and `[` (ECMA-48, CSI): parameters, and a last byte that says what it is.
    private static func sequence(_ bytes: [UInt8]) -> (Int, Key?)? {
        // X10's mouse: three bytes behind `M`, which are asked for by nobody.
        if bytes.count > 2, bytes[2] == UInt8(ascii: "M") { return bytes.count >= 6 ? (6, nil) : nil }
        // Linux' console has function keys like `ESC [ [ A`.
        if bytes.count > 2, bytes[2] == UInt8(ascii: "[") { return bytes.count > 3 ? (4, nil) : nil }
        for index in 2..<max(bytes.count, 2) {
            switch bytes[index] {
            case 0x40...0x7e:
                let parameters = bytes[2..<index]
                return (index + 1, key(bytes[index], parameters))
            case 0x20..<0x40: continue
            default: return (index, nil)
            }
        }
        return bytes.count > longest ? (bytes.count, nil) : nil
    }

    private static func key(_ last: UInt8, _ parameters: ArraySlice<UInt8>) -> Key? {
        if parameters.first == UInt8(ascii: "<") { return mouse(last, parameters.dropFirst()) }
        let first = parameters.prefix { $0 != UInt8(ascii: ";") }.decimal(Int.self) ?? 0
        return named(last, first)
    }

    private static func named(_ last: UInt8, _ parameter: Int) -> Key? {
        switch last {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "Z"): .backTab
        case UInt8(ascii: "~"):
            switch parameter {
            case 1, 7: .home
            case 3: .delete
            case 4, 8: .end
            case 5: .pageUp
            case 6: .pageDown
            default: nil
            }
        default: nil
        }
    }

    /// `<button;column;row` with `M` for a press and `m` for a release (SGR 1006).
    private static func mouse(_ last: UInt8, _ parameters: ArraySlice<UInt8>) -> Key? {
        let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard numbers.count == 3, last == UInt8(ascii: "M"), let button = numbers[0].decimal(Int.self),
            let column = numbers[1].decimal(Int.self), let row = numbers[2].decimal(Int.self),
            1...9999 ~= column, 1...9999 ~= row
        else { return nil }
        switch button & ~0b11100 {
        case 0: return .click(row: row - 1, column: column - 1)
        case 64: return .wheelUp
        case 65: return .wheelDown
        default: return nil
        }
    }
}
