/// A value that can be sent as bytes: a name, a payload, an argument of a command.
///
/// Text is sent as UTF-8 and a number in decimal form, so `subscribe("room.\(id)")`, `publish("a", text)` and
/// `["EXPIRE", "k", 60]` work as expected. Arbitrary bytes are a `RedisBytes` or a `[UInt8]`.
public protocol RedisBytesConvertible {
    /// The bytes to send.
    var redisBytes: RedisBytes { get }

    /// Appends the bytes to a command, as exactly one argument. By default it appends `redisBytes`; a type that can do
    /// it without that copy saves an allocation.
    func write(to writer: inout RedisArgumentWriter)
}

extension RedisBytesConvertible {
    /// Appends `redisBytes`.
    public func write(to writer: inout RedisArgumentWriter) { writer.append(redisBytes) }
}

extension RedisBytes: RedisBytesConvertible {
    /// The same bytes.
    public var redisBytes: RedisBytes { self }
}

extension String: RedisBytesConvertible {
    /// The UTF-8 form.
    public var redisBytes: RedisBytes { RedisBytes(self) }

    /// Appends the UTF-8 form.
    public func write(to writer: inout RedisArgumentWriter) { writer.append(self) }
}

extension Substring: RedisBytesConvertible {
    /// The UTF-8 form.
    public var redisBytes: RedisBytes { RedisBytes(Array(utf8)) }
}

// Arrays of convertible elements are not convertible, because an array of names means several names.
extension [UInt8]: RedisBytesConvertible {
    /// These bytes.
    public var redisBytes: RedisBytes { RedisBytes(self) }
}

extension Int: RedisBytesConvertible {
    /// The decimal form.
    public var redisBytes: RedisBytes { RedisBytes(String(self)) }

    /// Appends the decimal form.
    public func write(to writer: inout RedisArgumentWriter) { writer.append(self) }
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
