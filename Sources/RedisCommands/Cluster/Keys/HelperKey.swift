extension RedisBytes {
    /// The key, or the channel, that something named by these bytes keeps beside its main key: `orders` has
    /// `{orders}:fence`, and `{shop}orders` has `{shop}orders:fence`.
    ///
    /// In a cluster it has the slot of the main key, so that one script can use both. It is the same on a single
    /// server, so that a tool that looks for it need not know what it looks at. No two names have the same one: dots
    /// before the suffix keep `{orders}` apart from `orders`, and both apart from names that cannot be a tag.
    package func helper(_ suffix: String) -> RedisBytes {
        let open = UInt8(ascii: "{")
        let close = UInt8(ascii: "}")
        switch hashTag {
        case let tag? where tag.count + 2 == count: return RedisBytes(bytes + ":.\(suffix)".utf8)
        case _?: return RedisBytes(bytes + ":\(suffix)".utf8)
        case nil where !isEmpty && !contains(close): return RedisBytes([open] + bytes + [close] + ":\(suffix)".utf8)
        case nil:
            // These bytes cannot be a tag. Some number is one of the same slot.
            let slot = HashSlot.slot(of: self)
            let number = (0...).first { HashSlot.slot(of: RedisBytes(String($0))) == slot } ?? 0
            return RedisBytes(Array("{\(number)}".utf8) + bytes + ":..\(suffix)".utf8)
        }
    }

    /// The part of the bytes that decides on the slot: what is in the first `{…}`, if that is not empty; else `nil`.
    private var hashTag: Range<Int>? {
        guard let open = firstIndex(of: UInt8(ascii: "{")),
            let close = self[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        else { return nil }
        return (open + 1)..<close
    }
}
