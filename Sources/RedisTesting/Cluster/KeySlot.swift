/// The hash slots of a cluster: the CRC16 (XMODEM) of a name, or of the tag in it, modulo 16384.
enum KeySlot {
    /// How many there are.
    static let count = 16_384

    /// The slot of a name.
    static func of(_ name: [UInt8]) -> Int { Int(crc(hashed(name))) % count }

    /// What is hashed: what stands between the first `{` and the next `}`, when that is anything; else all.
    private static func hashed(_ name: [UInt8]) -> ArraySlice<UInt8> {
        guard let open = name.firstIndex(of: UInt8(ascii: "{")),
            let close = name[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        else { return name[...] }
        return name[(open + 1)..<close]
    }

    private static func crc(_ bytes: some Sequence<UInt8>) -> UInt16 { bytes.reduce(0, step) }

    private static func step(_ crc: UInt16, _ byte: UInt8) -> UInt16 { crc << 8 ^ table[Int(crc >> 8 ^ UInt16(byte))] }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }

    /// Four letters that, put behind `prefix`, make a name of the slot.
    ///
    /// The checksum is linear: that of a name is that of the name with four zero bytes for its end, combined with that of the
    /// end alone. So one table of ends serves every prefix.
    static func suffix(to prefix: [UInt8], slot: Int) -> [UInt8] {
        let before = Int(crc(prefix + [0, 0, 0, 0])) % count
        return suffixes[before ^ slot]
    }

    /// For each slot, four letters that hash to it.
    private static let suffixes: [[UInt8]] = {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        var found = [[UInt8]](repeating: [], count: count)
        var missing = count
        for first in letters {
            for second in letters {
                for third in letters {
                    let before = crc([first, second, third])
                    for fourth in letters {
                        let slot = Int(step(before, fourth)) % count
                        guard found[slot].isEmpty else { continue }
                        found[slot] = [first, second, third, fourth]
                        missing -= 1
                        if missing == 0 { return found }
                    }
                }
            }
        }
        return found
    }()
}
