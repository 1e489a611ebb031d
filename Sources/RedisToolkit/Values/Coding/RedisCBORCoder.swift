/// Keeps values as CBOR (RFC 8949), a compact binary form that other languages read as well. `Data` and `[UInt8]` are
/// byte strings in it, numbers take as few bytes as hold them, and numbers that are not finite have a form.
///
/// The bytes are those of the core deterministic form: equal values have equal bytes. Values that others have written
/// in any form of CBOR are read; tags are passed over.
public struct RedisCBORCoder: RedisValueCoder, Hashable {
    /// Creates the coder.
    public init() {}

    /// The value as CBOR.
    ///
    /// - Throws: `EncodingError` when the value writes nothing, and what the value throws.
    public func encode<Value: Encodable>(_ value: Value) throws -> RedisBytes {
        var writer = CBORWriter()
        writer.write(try ItemEncoder.item(of: value))
        return RedisBytes(writer.bytes)
    }

    /// The value of a CBOR item.
    ///
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: RedisBytes) throws -> Value {
        let item: CodedItem
        do throws(CBORReader.Failure) { item = try CBORReader.item(of: bytes) } catch {
            let text = "no CBOR at byte \(error.offset): \(error.reason)"
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: text))
        }
        return try ItemDecoder.value(type, of: item)
    }
}
