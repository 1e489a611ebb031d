/// What stands for bytes on the wire: a name, a payload, an argument of a command.
///
/// Text is its UTF-8 form and a number its decimal form, so that `subscribe("room.\(id)")`, `publish("a", text)` and
/// `["EXPIRE", "k", 60]` mean what they say. Bytes of any kind are a `RedisBytes` or a `[UInt8]`.
public protocol RedisBytesConvertible {
    /// The bytes that stand on the wire.
    var redisBytes: RedisBytes { get }
}

extension RedisBytes: RedisBytesConvertible {
    /// The same bytes.
    public var redisBytes: RedisBytes { self }
}

extension String: RedisBytesConvertible {
    /// The UTF-8 form.
    public var redisBytes: RedisBytes { RedisBytes(self) }
}

extension Substring: RedisBytesConvertible {
    /// The UTF-8 form.
    public var redisBytes: RedisBytes { RedisBytes(Array(utf8)) }
}

// Not any array of convertible elements: an array of names is several names.
extension [UInt8]: RedisBytesConvertible {
    /// These bytes.
    public var redisBytes: RedisBytes { RedisBytes(self) }
}

extension Int: RedisBytesConvertible {
    /// The decimal form.
    public var redisBytes: RedisBytes { RedisBytes(String(self)) }
}

extension Int64: RedisBytesConvertible {
    /// The decimal form.
    public var redisBytes: RedisBytes { RedisBytes(String(self)) }
}

extension UInt64: RedisBytesConvertible {
    /// The decimal form.
    public var redisBytes: RedisBytes { RedisBytes(String(self)) }
}

extension Double: RedisBytesConvertible {
    /// The shortest decimal form that reads back as the same number, which is how the server reads scores and
    /// increments.
    public var redisBytes: RedisBytes { RedisBytes(String(self)) }
}
