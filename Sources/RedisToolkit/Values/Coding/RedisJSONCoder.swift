internal import FoundationEssentials

/// Keeps values as JSON, which every language and every person reads. Keys are sorted, so that equal values have equal
/// bytes; dates are seconds since 2001 and data is Base64, as `JSONEncoder` writes them by default.
public struct RedisJSONCoder: RedisValueCoder, Hashable {
    /// Creates the coder.
    public init() {}

    /// The value as JSON.
    ///
    /// - Throws: `EncodingError` for what JSON does not have, such as a number that is not finite.
    public func encode<Value: Encodable>(_ value: Value) throws -> RedisBytes {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return RedisBytes([UInt8](try encoder.encode(value)))
    }

    /// The value of a JSON text.
    ///
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: RedisBytes) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes.ownBytes))
    }
}
