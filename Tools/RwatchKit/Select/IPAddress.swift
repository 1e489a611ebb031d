import RedisRESP

/// An IPv4 or IPv6 address.
struct IPAddress: Sendable, Equatable {
    /// An IPv4 address has the lowest 32 bits alone.
    let bits: UInt128
    let isIPv6: Bool

    /// The width of an address.
    var width: Int { isIPv6 ? 128 : 32 }

    /// Reads an address in one of its usual forms: `10.0.0.1`, `::1`, `fe80::1`, `::ffff:10.0.0.1`. A zone (`%eth0`) is
    /// passed over, and an IPv4 address inside an IPv6 one is an IPv4 address, as servers write it for sockets of both.
    init?(_ text: RawSpan) {
        if let found = Self.dotted(text, from: 0) {
            self.init(bits: UInt128(found), isIPv6: false)
        } else if let bits = Self.colons(text) {
            let isMapped = bits >> 32 == 0xFFFF
            self.init(bits: isMapped ? bits & 0xFFFF_FFFF : bits, isIPv6: !isMapped)
        } else {
            return nil
        }
    }

    init(bits: UInt128, isIPv6: Bool) {
        self.bits = bits
        self.isIPv6 = isIPv6
    }

    private static func dotted(_ text: RawSpan, from start: Int) -> UInt32? {
        var (value, part, digits, parts): (UInt32, UInt32, Int, Int) = (0, 0, 0, 0)
        for index in start..<text.byteCount {
            let byte = text.byte(at: index)
            if byte == UInt8(ascii: ".") {
                guard digits > 0, parts < 3 else { return nil }
                value = value << 8 | part
                (part, digits, parts) = (0, 0, parts + 1)
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10, digits < 3 else { return nil }
            part = part * 10 + UInt32(digit)
            digits += 1
            guard part <= 255 else { return nil }
        }
        guard parts == 3, digits > 0 else { return nil }
        return value << 8 | part
    }

    private static func colons(_ text: RawSpan) -> UInt128? {
        let count = text.firstIndex(of: UInt8(ascii: "%"), from: 0) ?? text.byteCount
        var (head, tail): (UInt128, UInt128) = (0, 0)
        var (inHead, inTail) = (0, 0)
        var isBehindGap = false
        func add(_ group: UInt128, _ groups: Int) {
            if isBehindGap {
                tail = tail << UInt128(16 * groups) | group
                inTail += groups
            } else {
                head = head << UInt128(16 * groups) | group
                inHead += groups
            }
        }
        var index = 0
        if count >= 2, text.byte(at: 0) == UInt8(ascii: ":"), text.byte(at: 1) == UInt8(ascii: ":") {
            isBehindGap = true
            index = 2
        }
        while index < count {
            guard inHead + inTail < 8 else { return nil }
            let start = index
            var group: UInt128 = 0
            while index < count, let digit = text.byte(at: index).hexadecimalValue {
                guard index - start < 4 else { return nil }
                group = group << 4 | UInt128(digit)
                index += 1
            }
            guard index > start else { return nil }
            if index < count, text.byte(at: index) == UInt8(ascii: ".") {
                guard inHead + inTail <= 6, let last = dotted(text.part(0..<count), from: start) else { return nil }
                add(UInt128(last), 2)
                index = count
                break
            }
            add(group, 1)
            guard index < count else { break }
            guard text.byte(at: index) == UInt8(ascii: ":"), index + 1 < count else { return nil }
            index += 1
            if text.byte(at: index) == UInt8(ascii: ":") {
                guard !isBehindGap else { return nil }
                isBehindGap = true
                index += 1
            }
        }
        let groups = inHead + inTail
        guard isBehindGap ? groups < 8 : groups == 8 else { return nil }
        return inHead == 0 ? tail : head << UInt128(16 * (8 - inHead)) | tail
    }
}
