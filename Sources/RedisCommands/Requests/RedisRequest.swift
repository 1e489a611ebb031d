/// A command whose reply has a type.
///
/// ```swift
/// let name = try await client.send(.get("name"))
/// let (count, ttl) = await client.send(.incr("visits"), .ttl("visits"))
/// ```
///
/// The typed commands are static functions of this type. Any other command is a request as well:
/// `RedisRequest(["OBJECT", "FREQ", key]) { reply in … }`.
public struct RedisRequest<Reply: Sendable>: Sendable {
    /// The command as it is sent.
    public let command: RedisCommand
    let read: @Sendable (RESPValue) throws(RedisError) -> Reply

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - read: Turns the reply, which is never an error, into a value. It throws `.unexpectedReply` for a reply that
    ///     it does not know.
    public init(_ command: RedisCommand, _ read: @escaping @Sendable (RESPValue) throws(RedisError) -> Reply) {
        self.command = command
        self.read = read
    }

    /// A request for a reply of a type that reads itself from it.
    public init(_ command: RedisCommand) where Reply: RedisReply {
        self.init(command) { value throws(RedisError) in
            guard let reply = Reply(reply: value) else { throw .unexpectedReply(command) }
            return reply
        }
    }

    /// The reply in its type.
    ///
    /// - Throws: `.unexpectedReply` when the reply does not have the form that the command's page promises.
    func value(of result: Result<RESPValue, RedisError>) throws(RedisError) -> Reply { try read(try result.get()) }

    /// The reply in its type, or the error.
    func result(of result: Result<RESPValue, RedisError>) -> Result<Reply, RedisError> {
        do throws(RedisError) { return .success(try value(of: result)) } catch { return .failure(error) }
    }
}

/// A value that can be read from a reply.
public protocol RedisReply: Sendable {
    /// Reads the reply; `nil` when it has another form than the value needs.
    init?(reply: RESPValue)
}

extension RESPValue: RedisReply {
    /// The reply as it is.
    public init?(reply: RESPValue) { self = reply }
}

extension RedisBytes: RedisReply {
    /// Any kind of string.
    public init?(reply: RESPValue) {
        guard let bytes = reply.bytes else { return nil }
        self = bytes
    }
}

extension String: RedisReply {
    /// Any kind of string that is UTF-8.
    public init?(reply: RESPValue) {
        guard let text = reply.text else { return nil }
        self = text
    }
}

extension Int: RedisReply {
    /// An integer, also as decimal text.
    public init?(reply: RESPValue) {
        guard let integer = reply.integer else { return nil }
        self = integer
    }
}

extension Double: RedisReply {
    /// A double of RESP3, an integer, or decimal text, as RESP2 sends it.
    public init?(reply: RESPValue) {
        switch reply {
        case .double(let value): self = value
        case .integer(let value): self = Double(value)
        default:
            guard let value = reply.text.flatMap({ Double($0) }) else { return nil }
            self = value
        }
    }
}

extension Bool: RedisReply {
    /// A boolean of RESP3, or 0 or 1.
    public init?(reply: RESPValue) {
        switch reply {
        case .boolean(let value): self = value
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

extension Optional: RedisReply where Wrapped: RedisReply {
    /// `nil` for a null, which also stands for a missing key.
    public init?(reply: RESPValue) {
        if case .null = reply {
            self = nil
        } else if let value = Wrapped(reply: reply) {
            self = .some(value)
        } else {
            return nil
        }
    }
}

extension Array: RedisReply where Element: RedisReply {
    /// The elements of an array, a set or a push, all of this type.
    public init?(reply: RESPValue) {
        guard let elements = reply.elements else { return nil }
        self = []
        reserveCapacity(elements.count)
        for element in elements {
            guard let value = Element(reply: element) else { return nil }
            append(value)
        }
    }
}

extension Dictionary: RedisReply where Key: RedisReply, Value: RedisReply {
    /// The pairs of a map, or of a flat array, as RESP2 sends it. Of two pairs with the same key the last one counts.
    public init?(reply: RESPValue) {
        guard let pairs = reply.pairs else { return nil }
        self.init(minimumCapacity: pairs.count)
        for pair in pairs {
            guard let key = Key(reply: pair.key), let value = Value(reply: pair.value) else { return nil }
            self[key] = value
        }
    }
}

extension RedisError {
    static func unexpectedReply(_ command: RedisCommand) -> RedisError { .unexpectedReply(command.name.description) }
}
