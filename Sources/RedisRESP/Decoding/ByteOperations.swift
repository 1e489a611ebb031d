public import RedisPOSIX

// The word-wide primitives of the hot path. The caller checks the bounds: whoever computes an index compares it with
// `byteCount`.

extension RawSpan {
    /// The byte at `index`, which must be below `byteCount`.
    @inlinable @inline(__always)
    package func byte(at index: Int) -> UInt8 {
        assert(index >= 0 && index < byteCount)
        return unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
    }

    /// The two bytes at `index`, which must be below `byteCount - 1`, as the machine orders them.
    @inlinable @inline(__always)
    package func pair(at index: Int) -> UInt16 {
        assert(index >= 0 && index + 2 <= byteCount)
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt16.self)
    }

    /// The eight bytes at `index`, of which the last must be below `byteCount`, as the machine orders them.
    @inlinable @inline(__always)
    package func word(at index: Int) -> UInt64 {
        assert(index >= 0 && index + 8 <= byteCount)
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
    }

    /// Whether a line ends at `index`, which must be below `byteCount - 1`.
    @inlinable @inline(__always)
    package func isLineEnd(at index: Int) -> Bool { pair(at: index) == (0x0A0D as UInt16).littleEndian }

    /// Whether `count` bytes at `index` and at `other` are the same; both must end within `byteCount`.
    @inlinable @inline(__always)
    package func hasSameBytes(at index: Int, as other: Int, count: Int) -> Bool {
        guard count >= 8 else {
            for offset in 0..<count where byte(at: index + offset) != byte(at: other + offset) { return false }
            return true
        }
        let last = count &- 8
        var offset = 0
        while offset < last {
            if word(at: index &+ offset) != word(at: other &+ offset) { return false }
            offset &+= 8
        }
        // The last eight, of which some may have been compared already.
        return word(at: index &+ last) == word(at: other &+ last)
    }

    /// A part of the bytes; `range` must lie within them.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    package func part(_ range: Range<Int>) -> RawSpan {
        assert(range.lowerBound >= 0 && range.upperBound <= byteCount)
        return unsafe extracting(unchecked: range)
    }

    /// A part of the bytes, which must lie within them.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    package func part(at start: Int, count: Int) -> RawSpan {
        assert(start >= 0 && count >= 0 && start + count <= byteCount)
        return unsafe extracting(unchecked: Range(uncheckedBounds: (start, start &+ count)))
    }

    /// The sixteen bytes at `index`, of which the last must be below `byteCount`, as two words whose lowest byte is the
    /// first.
    @inlinable @inline(__always)
    package func words(at index: Int) -> SIMD2<UInt64> {
        assert(index >= 0 && index + 16 <= byteCount)
        let words = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD2<UInt64>.self)
        return SIMD2(UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
    }

    /// Two words, the first for the first eight of the sixteen bytes at `index`, whose lowest set bit is the highest of
    /// the first byte that is one of two; 0 when none is.
    ///
    /// Sums of words, because comparisons of vectors of bytes are compiled to a loop over the bytes (Swift 6.3).
    @inlinable @inline(__always)
    package func marks(ofFirst one: UInt8, or other: UInt8, at index: Int) -> SIMD2<UInt64> {
        let ones = SIMD2<UInt64>(repeating: 0x0101_0101_0101_0101)
        let words = words(at: index)
        // A byte that is the one looked for becomes zero, and a zero is what turns its highest bit on below.
        let a = words ^ SIMD2(repeating: 0x0101_0101_0101_0101 &* UInt64(one))
        let b = words ^ SIMD2(repeating: 0x0101_0101_0101_0101 &* UInt64(other))
        let found = ((a &- ones) & ~a) | ((b &- ones) & ~b)
        return found & SIMD2(repeating: 0x8080_8080_8080_8080)
    }

    /// The first position of either byte at or after `start`, or `nil`. Looks at sixteen bytes at a time.
    @inlinable @inline(__always)
    package func firstIndex(of one: UInt8, or other: UInt8, from start: Int) -> Int? {
        var index = start
        while index &+ 16 <= byteCount {
            let found = marks(ofFirst: one, or: other, at: index)
            if found[0] != 0 { return index &+ found[0].trailingZeroBitCount &>> 3 }
            if found[1] != 0 { return index &+ 8 &+ found[1].trailingZeroBitCount &>> 3 }
            index &+= 16
        }
        return index < byteCount ? indexAtEnd(of: one, or: other, from: index) : nil
    }

    /// The same for fewer than sixteen bytes that are left.
    @inlinable
    package func indexAtEnd(of one: UInt8, or other: UInt8, from start: Int) -> Int? {
        var index = start
        if index &+ 8 <= byteCount {
            let ones: UInt64 = 0x0101_0101_0101_0101
            let word = UInt64(littleEndian: word(at: index))
            let a = word ^ (ones &* UInt64(one))
            let b = word ^ (ones &* UInt64(other))
            let found = (((a &- ones) & ~a) | ((b &- ones) & ~b)) & (ones << 7)
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < byteCount {
            if byte(at: index) == one || byte(at: index) == other { return index }
            index &+= 1
        }
        return nil
    }

    /// Whether all bytes are printable ASCII, the blank among them. Sixteen bytes at a time.
    @inlinable package var isPrintableASCII: Bool {
        guard byteCount >= 16 else {
            for index in 0..<byteCount where byte(at: index) &- 0x20 > 0x5E { return false }
            return true
        }
        // The last sixteen first, of which the loop may look at some again.
        var found = unprintable(at: byteCount &- 16)
        var index = 0
        while index &+ 16 < byteCount {
            found |= unprintable(at: index)
            index &+= 16
        }
        return (found[0] | found[1]) & 0x8080_8080_8080_8080 == 0
    }

    /// Has a byte's highest bit set if one of the sixteen bytes at `index` is below a blank, DEL, or no ASCII. A borrow
    /// or a carry only comes from one that is.
    @inlinable @inline(__always)
    package func unprintable(at index: Int) -> SIMD2<UInt64> {
        let words = words(at: index)
        let blanks = SIMD2<UInt64>(repeating: 0x2020_2020_2020_2020)
        let ones = SIMD2<UInt64>(repeating: 0x0101_0101_0101_0101)
        return words | (words &- blanks) | (words &+ ones)
    }

    /// The number that the eight decimal digits at `index` are, of which the last must be below `byteCount`; `nil` when
    /// one of them is none. All at a time.
    @inlinable @inline(__always)
    package func eightDigits(at index: Int) -> Int? {
        Self.eightDigits(UInt64(littleEndian: word(at: index)))
    }

    @inlinable @inline(__always)
    package static func eightDigits(_ word: UInt64) -> Int? {
        let digits = word ^ 0x3030_3030_3030_3030
        guard (digits | (digits &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0 else { return nil }
        // Two digits to a number, then two of those, then two of those.
        let pairs = (digits &* 10 &+ (digits >> 8)) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ (pairs >> 16)) & 0x0000_FFFF_0000_FFFF
        return Int((fours &* 10_000 &+ (fours >> 32)) & 0xFFFF_FFFF)
    }

    /// The number of the two decimal digits at `index`; `nil` when one of them is not a digit.
    @inlinable @inline(__always)
    package func twoDigits(at index: Int) -> Int? {
        let (tens, ones) = (byte(at: index) &- UInt8(ascii: "0"), byte(at: index + 1) &- UInt8(ascii: "0"))
        return max(tens, ones) <= 9 ? Int(tens) &* 10 &+ Int(ones) : nil
    }

    /// The number of the six decimal digits at `index`; `nil` when one of them is not a digit. There must be two other
    /// bytes before them.
    @inlinable @inline(__always)
    package func sixDigits(at index: Int) -> Int? {
        // The two bytes before them count as zeros.
        let word = UInt64(littleEndian: word(at: index - 2)) & 0xFFFF_FFFF_FFFF_0000 | 0x3030
        return Self.eightDigits(word)
    }

    /// Which of the eight bytes at `index`, of which the last must be below `byteCount`, are one of two: the highest
    /// bit of each byte, the lowest byte for the first.
    @inlinable @inline(__always)
    package func marks(of one: UInt8, or other: UInt8, at index: Int) -> UInt64 {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let word = UInt64(littleEndian: word(at: index))
        // A byte that is the one looked for becomes zero; any other turns its highest bit on, without a carry into the
        // next.
        let a = word ^ (0x0101_0101_0101_0101 &* UInt64(one))
        let b = word ^ (0x0101_0101_0101_0101 &* UInt64(other))
        return ~((((a & low) &+ low) | a) & (((b & low) &+ low) | b)) & ~low
    }

    /// The first position of `byte` at or after `start`, or `nil`.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < byteCount else { return nil }
        return unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// Whether both contain the same bytes.
    @inlinable @inline(__always)
    package func equals(_ other: RawSpan) -> Bool {
        let count = byteCount
        guard count == other.byteCount else { return false }
        guard count >= 8 else {
            for index in 0..<count where byte(at: index) != other.byte(at: index) { return false }
            return true
        }
        guard count <= 64 else { return isSameMemory(other) }
        let last = count &- 8
        var index = 0
        while index < last {
            if word(at: index) != other.word(at: index) { return false }
            index &+= 8
        }
        // The last eight, of which some may have been compared already.
        return word(at: last) == other.word(at: last)
    }

    /// Whether both contain the same bytes, for longer ones.
    @usableFromInline
    package func isSameMemory(_ other: RawSpan) -> Bool {
        unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { theirs in
                guard let a = mine.baseAddress, let b = theirs.baseAddress else { return true }
                return unsafe memcmp(a, b, mine.count) == 0
            }
        }
    }

    /// Whether the bytes are those of an ASCII literal.
    @inlinable package func equals(_ literal: StaticString) -> Bool {
        guard byteCount == literal.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return true }
            return unsafe memcmp(base, literal.utf8Start, buffer.count) == 0
        }
    }

    /// A 64-bit hash of the bytes for tables that live in one process. `seed` should be random, so that whoever picks
    /// the names cannot pick them to collide.
    @inlinable
    package func hash(seed: UInt64) -> UInt64 {
        let count = byteCount
        var state = seed ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
        guard count >= 8 else {
            var tail: UInt64 = 0
            for index in 0..<count { tail = tail << 8 | UInt64(byte(at: index)) }
            return Self.mix(state ^ tail)
        }
        let last = count &- 8
        var index = 0
        while index < last {
            state = Self.mix(state ^ word(at: index))
            index &+= 8
        }
        // The last eight, of which some may have been taken already.
        return Self.mix(state ^ word(at: last))
    }

    @inlinable @inline(__always)
    package static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }

    /// Feeds the bytes to a hasher.
    package func hash(into hasher: inout Hasher) {
        unsafe withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit in either case; `nil` for any other byte.
    @inlinable
    package var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension [UInt8] {
    /// Appends the bytes with one copy.
    @inline(__always)
    package mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }

    /// The bytes, copied once into an array of exactly their size.
    package init(copying bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
}

extension Span<UInt8> {
    /// `bytes` under a name that needs no `unsafe`: a `UInt8` has no padding that could be uninitialised.
    @inlinable package var rawBytes: RawSpan {
        @_lifetime(copy self)
        @inline(__always)
        get { unsafe self.bytes }
    }
}

extension RedisBytes {
    /// Whether these are the same bytes.
    package func equals(_ other: RawSpan) -> Bool { rawSpan.equals(other) }

    /// Calls `body` with the contiguous bytes. It makes copies of whole slices one move.
    public func withContiguousStorageIfAvailable<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
        try unsafe storage[start..<(start + count)].withContiguousStorageIfAvailable(body)
    }
}

extension String {
    /// Calls `body` with the UTF-8 form, which a native text has already.
    func withUTF8Bytes(_ body: (RawSpan) -> Void) {
        var text = self
        text.withUTF8 { bytes in body(unsafe bytes.span.bytes) }
    }
}

extension StaticString {
    /// Calls `body` with the UTF-8 form.
    func withUTF8Bytes(_ body: (RawSpan) -> Void) {
        withUTF8Buffer { bytes in body(unsafe bytes.span.bytes) }
    }
}
