internal import FoundationEssentials

/// A value between Codable and bytes: what an `Encodable` has written, or what bytes have told.
enum CodedItem: Hashable {
    /// An integer between -2⁶⁴ and 2⁶⁴ - 1.
    case integer(Int128)
    case double(Double)
    case boolean(Bool)
    case null
    case text(String)
    case bytes(RedisBytes)
    case array([CodedItem])
    case map([String: CodedItem])
    /// The bytes of a scalar in its plain form: text as it is, numbers in decimal digits, `true` or `false`. The type
    /// that is asked for decides what it is.
    case plain(RedisBytes)
}

/// A type that is one item by itself, without containers.
protocol CodedScalar {
    var codedItem: CodedItem { get }

    /// `nil` for an item of another type, or a number that does not fit.
    init?(_ item: CodedItem)
}

extension CodedScalar where Self: FixedWidthInteger {
    var codedItem: CodedItem { .integer(Int128(self)) }

    init?(_ item: CodedItem) {
        switch item {
        case .integer(let value): self.init(exactly: value)
        case .double(let value): self.init(exactly: value)
        case .plain(let bytes):
            guard let value = bytes.decimal(Self.self) else { return nil }
            self = value
        default: return nil
        }
    }
}

extension Int: CodedScalar {}
extension Int8: CodedScalar {}
extension Int16: CodedScalar {}
extension Int32: CodedScalar {}
extension Int64: CodedScalar {}
extension UInt: CodedScalar {}
extension UInt8: CodedScalar {}
extension UInt16: CodedScalar {}
extension UInt32: CodedScalar {}
extension UInt64: CodedScalar {}

extension Double: CodedScalar {
    var codedItem: CodedItem { .double(self) }

    init?(_ item: CodedItem) {
        switch item {
        case .double(let value): self = value
        case .integer(let value):
            guard let value = Double(exactly: value) else { return nil }
            self = value
        case .plain(let bytes):
            guard let value = bytes.text.flatMap({ Double($0) }) else { return nil }
            self = value
        default: return nil
        }
    }
}

extension Float: CodedScalar {
    var codedItem: CodedItem { .double(Double(self)) }

    /// Rounds, as `JSONDecoder` does. `nil` as well for a number that is too large.
    init?(_ item: CodedItem) {
        guard let value = Double(item) else { return nil }
        self.init(value)
        if isInfinite && value.isFinite { return nil }
    }
}

extension Bool: CodedScalar {
    var codedItem: CodedItem { .boolean(self) }

    init?(_ item: CodedItem) {
        switch item {
        case .boolean(let value): self = value
        case .plain("true"): self = true
        case .plain("false"): self = false
        default: return nil
        }
    }
}

extension String: CodedScalar {
    var codedItem: CodedItem { .text(self) }

    init?(_ item: CodedItem) {
        switch item {
        case .text(let value): self = value
        case .plain(let bytes):
            guard let text = bytes.text else { return nil }
            self = text
        default: return nil
        }
    }
}

extension Data: CodedScalar {
    var codedItem: CodedItem { .bytes(RedisBytes([UInt8](self))) }

    init?(_ item: CodedItem) {
        switch item {
        case .bytes(let value), .plain(let value): self.init(value.ownBytes)
        default: return nil
        }
    }
}

extension [UInt8]: CodedScalar {
    var codedItem: CodedItem { .bytes(RedisBytes(self)) }

    /// Also an array of small numbers, as other writers may have it.
    init?(_ item: CodedItem) {
        switch item {
        case .bytes(let value), .plain(let value): self = value.ownBytes
        case .array(let items):
            self = items.compactMap { UInt8($0) }
            if count != items.count { return nil }
        default: return nil
        }
    }
}
