internal import RedisRESP

/// The hash slot of a key or a shard channel
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model).
package enum HashSlot {
    /// The number of slots. The last slot is one less.
    package static let count = 16384

    /// The slot of `name`: of the whole name, or of the text in its first `{…}` if that is not empty.
    package static func slot(of name: RawSpan) -> Int {
        var range = 0..<name.byteCount
        if let open = name.firstIndex(of: UInt8(ascii: "{"), from: 0),
            let close = name.firstIndex(of: UInt8(ascii: "}"), from: open + 1), close > open + 1
        {
            range = (open + 1)..<close
        }
        var checksum: UInt16 = 0
        for index in range {
            checksum = checksum << 8 ^ table[Int(checksum >> 8) ^ Int(name.byte(at: index))]
        }
        return Int(checksum) % count
    }

    /// The slot of `name`, for owned bytes.
    package static func slot(of name: RedisBytes) -> Int { slot(of: name.rawSpan) }

    /// CRC16 in the variant XMODEM (polynomial 0x1021, initial value 0), for each byte.
    private static let table: [UInt16] = (0..<256).map { byte in
        var value = UInt16(byte) << 8
        for _ in 0..<8 { value = value & 0x8000 == 0 ? value << 1 : value << 1 ^ 0x1021 }
        return value
    }
}
