internal import RedisCore
package import RedisRESP

/// The tags of so many partitions, which are spread evenly over the slots of a cluster, and the partition of a key. A
/// plain value, the same in every version.
///
/// The slots are divided into as many ranges as there are partitions: partition `p` of `n` has those from `p * 16384 /
/// n` up to `(p + 1) * 16384 / n`. Its tag is the least number, in decimal digits, whose slot is in that range. The
/// partition of a key is its CRC-32 (IEEE 802.3, as zlib has it), modulo `n`.
package struct PartitionLayout: Sendable {
    /// The tags, by partition.
    package let tags: [String]

    /// The tags of so many partitions, from 1 to 16,384.
    package init(count: Int) {
        var tags = [String?](repeating: nil, count: count)
        var left = count
        var number = 0
        while left > 0 {
            let tag = String(number)
            // The first partition whose range ends behind the slot.
            let slot = HashSlot.slot(of: RedisBytes(tag))
            var partition = slot * count / HashSlot.count
            while (partition + 1) * HashSlot.count / count <= slot { partition += 1 }
            if tags[partition] == nil {
                tags[partition] = tag
                left -= 1
            }
            number += 1
        }
        self.tags = tags.compactMap(\.self)
    }

    /// The partition of a key.
    package func partition(of key: RedisBytes) -> Int { Int(Self.checksum(key) % UInt32(tags.count)) }

    /// The CRC-32 of bytes.
    package static func checksum(_ bytes: RedisBytes) -> UInt32 {
        ~bytes.reduce(~0) { checksum, byte in
            checksum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)]
        }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }
}
