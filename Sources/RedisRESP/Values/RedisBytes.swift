/// A name or a payload: arbitrary bytes, which may be UTF-8 text.
///
/// Channels, patterns, keys and payloads are arbitrary bytes on the wire, including the empty string and NUL. A
/// `RedisBytes` is a cheap, immutable slice: the payloads of one read share one block of memory. To keep a small one
/// for long, keep a `compacted()` copy, which does not keep the block. Channels, patterns and keys of up to 256 bytes
/// own their bytes.
public struct RedisBytes: Sendable {
    @usableFromInline package let storage: [UInt8]
    @usableFromInline package let start: Int
    /// The number of bytes.
    public let count: Int

    @inlinable
    package init(storage: [UInt8], start: Int, count: Int) {
        precondition(start >= 0 && count >= 0 && start + count <= storage.count, "a slice inside its storage")
        self.storage = storage
        self.start = start
        self.count = count
    }

    /// A part of a block that others share. A small part of a large block is copied, so that keeping the part does not
    /// keep the block.
    @inlinable
    package init(partOf storage: [UInt8], start: Int, count: Int) {
        if count <= 256, storage.count > 8 * (count + 64) {
            self.init(Array(storage[start..<(start + count)]))
        } else {
            self.init(storage: storage, start: start, count: count)
        }
    }

    /// The empty string.
    public init() { self.init([]) }

    /// The given bytes.
    @inlinable
    public init(_ bytes: [UInt8]) { self.init(storage: bytes, start: 0, count: bytes.count) }

    /// The UTF-8 form of a text.
    public init(_ text: String) { self.init(Array(text.utf8)) }

    /// The given bytes, copied.
    public init(_ bytes: some Sequence<UInt8>) { self.init(Array(bytes)) }

    /// The given bytes, copied once.
    package init(copying bytes: RawSpan) { self.init([UInt8](copying: bytes)) }

    /// A part that owns its memory when it is small and this one's memory is large.
    package func part(_ range: Range<Int>) -> RedisBytes {
        RedisBytes(partOf: storage, start: start + range.lowerBound, count: range.count)
    }

    /// A part that shares this one's memory.
    package func slice(_ range: Range<Int>) -> RedisBytes {
        RedisBytes(storage: storage, start: start + range.lowerBound, count: range.count)
    }

    /// A borrowed view of the bytes.
    @inlinable package var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get { storage.span.rawBytes.extracting(start..<(start + count)) }
    }

    /// The text, or `nil` when the bytes are not valid UTF-8.
    public var text: String? {
        guard let valid = try? UTF8Span(validating: storage.span.extracting(start..<(start + count))) else {
            return nil
        }
        return String(copying: valid)
    }

    /// The bytes in an array of their own.
    public var bytes: [UInt8] { Array(storage[start..<(start + count)]) }

    /// The bytes in an array that contains nothing else, copied only if necessary.
    package var ownBytes: [UInt8] { count == storage.count ? storage : bytes }

    /// Whether the memory contains no other bytes.
    package var isCompact: Bool { count == storage.count }

    /// The same bytes in memory of exactly their size.
    public func compacted() -> RedisBytes {
        RedisBytes(ownBytes)
    }
}

extension RedisBytes: RandomAccessCollection {
    /// The first index, always 0.
    @inlinable public var startIndex: Int { 0 }

    /// The index after the last byte.
    @inlinable public var endIndex: Int { count }

    /// The byte at `position`, which must be in `0..<count`.
    @inlinable
    public subscript(position: Int) -> UInt8 {
        precondition(position >= 0 && position < count, "index out of range")
        return storage[start + position]
    }
}

extension RedisBytes: Hashable {
    /// Whether both hold the same bytes.
    public static func == (lhs: RedisBytes, rhs: RedisBytes) -> Bool {
        lhs.rawSpan.equals(rhs.rawSpan)
    }

    /// Feeds the bytes to a hasher.
    public func hash(into hasher: inout Hasher) {
        rawSpan.hash(into: &hasher)
    }
}

extension RedisBytes: ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The UTF-8 form of a literal, with what is interpolated in its textual form.
    @_disfavoredOverload  // so that `names.map(RedisBytes.init)` means the form for any text
    public init(stringLiteral value: String) { self.init(value) }

    /// The text when the bytes are UTF-8, else every byte outside printable ASCII as `\xhh`.
    ///
    /// The text is data and is not escaped: printing it may send control characters to a terminal. `debugDescription`
    /// escapes it.
    public var description: String {
        if let text { return text }
        var result = ""
        for byte in self {
            if byte >= 0x20 && byte < 0x7f {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += byte < 0x10 ? "\\x0" : "\\x"
                result += String(byte, radix: 16)
            }
        }
        return result
    }
}
