extension RedisCluster {
    /// The number of hash slots: 16384.
    public static let slotCount = KeySlot.count

    /// The slot of a channel or key: CRC16 of the name, or of its hash tag, modulo 16384.
    public static func slot(_ name: String) -> Int { KeySlot.of(Array(name.utf8)) }

    /// The slot of a channel or key of any bytes.
    public static func slot(_ name: [UInt8]) -> Int { KeySlot.of(name) }

    /// A channel or key of that slot, always the same one: the prefix and four letters.
    ///
    /// - Parameters:
    ///   - slot: 0 to 16383.
    ///   - prefix: How the name begins; without a `{`, which would begin a hash tag.
    /// - Returns: The name.
    public static func name(inSlot slot: Int, prefix: String = "channel-") -> String {
        precondition((0..<slotCount).contains(slot) && !prefix.utf8.contains(UInt8(ascii: "{")))
        return prefix + String(decoding: KeySlot.suffix(to: Array(prefix.utf8), slot: slot), as: UTF8.self)
    }

    /// As ``name(inSlot:prefix:)-(Int,String)``.
    public func name(inSlot slot: Int, prefix: String = "channel-") -> String {
        Self.name(inSlot: slot, prefix: prefix)
    }

    /// A channel or key of the first slot that a node owns, or for a replica its primary.
    ///
    /// - Parameters:
    ///   - node: The node, which must run.
    ///   - prefix: How the name begins; without a `{`.
    /// - Returns: The name.
    /// - Throws: ``RedisTestingError/Code/notRunning`` when the node owns no slot, or as
    ///   ``RedisServer/command(_:)-(String...)``.
    public func name(onNode node: RedisClusterNode, prefix: String = "channel-") throws(RedisTestingError) -> String {
        let view = try node.view()
        guard let own = view.own, let owner = own.primary.map({ view[id: $0] }) ?? own, let slot = owner.slots.first
        else {
            throw RedisTestingError(.notRunning, "\(node) owns no slot")
        }
        return name(inSlot: slot.lowerBound, prefix: prefix)
    }
}

/// The hash slots of a cluster: the CRC16 (XMODEM) of a name, or of the tag in it, modulo 16384.
enum KeySlot {
    /// How many there are.
    static let count = 16_384

    /// The slot of a name.
    static func of(_ name: [UInt8]) -> Int { Int(crc(hashed(name))) % count }

    /// The hashed part: the text between the first `{` and the next `}`, if it is not empty; otherwise the whole name.
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
    /// The checksum is linear: that of a name is that of the name with four zero bytes for its end, combined with that
    /// of the end alone. So one table of ends serves every prefix.
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
