/// Turns values into the bytes that a server keeps, and back.
///
/// `RedisJSONCoder` and `RedisCBORCoder` are there. A coder of one's own, such as a `JSONEncoder` with other
/// strategies, needs the two functions.
///
/// What compares values (`RedisValueStore.remove(_:ifEquals:)`, `compareAndSet`) compares their bytes. The coder must
/// then return the same bytes each time, as both do, except for a `Set`, whose elements come in any order.
public protocol RedisValueCoder: Sendable {
    /// The bytes of a value.
    ///
    /// - Throws: Whatever says that the value has no form in this coding. It is the `underlyingError` of the
    ///   `.codingFailed` that callers get.
    func encode<Value: Encodable>(_ value: Value) throws -> RedisBytes

    /// The value of these bytes.
    ///
    /// - Throws: Whatever says that the bytes are no such value.
    func decode<Value: Decodable>(_ type: Value.Type, from bytes: RedisBytes) throws -> Value
}

extension RedisValueCoder where Self == RedisJSONCoder {
    /// JSON.
    public static var json: RedisJSONCoder { RedisJSONCoder() }
}

extension RedisValueCoder where Self == RedisCBORCoder {
    /// CBOR, the compact binary form of RFC 8949.
    public static var cbor: RedisCBORCoder { RedisCBORCoder() }
}

/// What a server has under a key is no such value.
///
/// It is the `underlyingError` of a `.codingFailed`. No description of it contains the value.
public struct RedisUnreadableValue: Error, CustomStringConvertible {
    /// The key.
    public let key: RedisBytes
    /// The bytes of the value. `RedisValueStore.pop` has removed them from the server, so they are here alone.
    public let bytes: RedisBytes
    /// What the coder has thrown. Its words may contain parts of the value.
    public let cause: any Error

    /// How many bytes there are, and under which key.
    public var description: String { "\(bytes.count.inBytes) of \"\(key.shown())\" are no such value" }
}

extension RedisValueCoder {
    /// The bytes of a value, with an error that says for which key.
    func encode<Value: Encodable>(_ value: Value, for key: RedisBytes) throws(RedisError) -> RedisBytes {
        do { return try encode(value) } catch {
            throw RedisError(
                .codingFailed,
                "the value for \"\(key.shown())\", of the type \(Value.self), has no form in the store's coding",
                phase: .command,
                underlyingError: error
            ).with(.notExecuted)
        }
    }

    /// The value of the bytes of a key, with an error that says of which key.
    func decode<Value: Decodable>(_ type: Value.Type, from bytes: RedisBytes, of key: RedisBytes) throws(RedisError)
        -> Value
    {
        do { return try decode(type, from: bytes) } catch {
            throw RedisError(
                .codingFailed,
                "the value of \"\(key.shown())\" cannot be read as \(Value.self): \(Self.reason(of: error))",
                phase: .command,
                underlyingError: RedisUnreadableValue(key: key, bytes: bytes, cause: error)
            ).with(.executed)
        }
    }

    /// Which kind of mismatch it is. The error's own words may repeat parts of the value.
    private static func reason(of error: any Error) -> String {
        switch error as? DecodingError {
        case .typeMismatch: "a part of it has another type"
        case .valueNotFound: "a part of it is null"
        case .keyNotFound: "a part of it is missing"
        case .dataCorrupted: "its bytes are not of the store's coding"
        default: "the store's coder has failed"
        }
    }
}
