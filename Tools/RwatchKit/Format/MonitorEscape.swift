/// MONITOR's escapes, read back.
enum MonitorEscape {
    /// The byte that the text at `offset` stands for and where it ends, nil for an escape no server writes. `offset`
    /// must be inside `line`.
    @inline(always)
    static func decode(_ line: RawSpan, at offset: Int) -> (value: UInt8, next: Int)? {
        let byte = line.byte(at: offset)
        guard byte == UInt8(ascii: "\\") else { return (byte, offset + 1) }
        guard offset + 1 < line.byteCount else { return nil }
        let letter = line.byte(at: offset + 1)
        switch letter {
        case 0x22, 0x5c: return (letter, offset + 2)
        case UInt8(ascii: "n"): return (0x0a, offset + 2)
        case UInt8(ascii: "r"): return (0x0d, offset + 2)
        case UInt8(ascii: "t"): return (0x09, offset + 2)
        case UInt8(ascii: "a"): return (0x07, offset + 2)
        case UInt8(ascii: "b"): return (0x08, offset + 2)
        case UInt8(ascii: "x"):
            guard offset + 3 < line.byteCount, let high = Hexadecimal.value(line.byte(at: offset + 2)),
                let low = Hexadecimal.value(line.byte(at: offset + 3))
            else { return nil }
            return (high << 4 | low, offset + 4)
        default: return nil
        }
    }
}
