import RedisRESP

/// The escapes inside the quotes of a MONITOR line, read back: `\\ \" \n \r \t \a \b` and `\xHH`.
package enum MonitorEscape {
    /// The byte that the text at `offset` stands for and where it ends; `nil` for an escape that no server writes.
    /// `offset` must be inside `line`. A byte that should have been escaped and is not (old Kvrocks) stands for itself.
    @inline(__always)
    package static func decode(_ line: RawSpan, at offset: Int) -> (value: UInt8, next: Int)? {
        let byte = line.byte(at: offset)
        guard byte == UInt8(ascii: "\\") else { return (byte, offset + 1) }
        guard offset + 1 < line.byteCount else { return nil }
        let letter = line.byte(at: offset + 1)
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return (letter, offset + 2)
        case UInt8(ascii: "n"): return (0x0a, offset + 2)
        case UInt8(ascii: "r"): return (0x0d, offset + 2)
        case UInt8(ascii: "t"): return (0x09, offset + 2)
        case UInt8(ascii: "a"): return (0x07, offset + 2)
        case UInt8(ascii: "b"): return (0x08, offset + 2)
        case UInt8(ascii: "x"):
            guard offset + 3 < line.byteCount, let high = line.byte(at: offset + 2).hexadecimalValue,
                let low = line.byte(at: offset + 3).hexadecimalValue
            else { return nil }
            return (high << 4 | low, offset + 4)
        default: return nil
        }
    }
}
