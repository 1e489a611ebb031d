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
    /// - Throws: ``RedisTestingError/Code/notRunning`` when the node owns no slot, or as ``RedisServer/command(_:)-(String...)``.
    public func name(onNode node: RedisClusterNode, prefix: String = "channel-") throws(RedisTestingError) -> String {
        let view = try node.view()
        guard let own = view.own, let owner = own.primary.map({ view[id: $0] }) ?? own, let slot = owner.slots.first
        else {
            throw RedisTestingError(.notRunning, "\(node) owns no slot")
        }
        return name(inSlot: slot.lowerBound, prefix: prefix)
    }
}
