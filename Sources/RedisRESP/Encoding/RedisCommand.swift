/// A command and its arguments, as bytes.
///
/// ```swift
/// let command: RedisCommand = ["SET", "greeting", text, "EX", 60]
/// ```
public struct RedisCommand: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The command's name and its arguments. A command without any is refused when it is sent.
    public var arguments: [RedisBytes]

    /// A command of the given parts, its name first.
    public init(_ arguments: [RedisBytes]) { self.arguments = arguments }

    /// A command of the given parts, its name first: text, bytes and numbers as they come.
    public init(arrayLiteral elements: any RedisBytesConvertible...) { self.init(elements.map(\.redisBytes)) }

    /// Appends the command as an array of bulk strings, the form that every server version reads.
    package func encode(into buffer: inout [UInt8]) {
        CommandEncoder.appendHeader(argumentCount: arguments.count, to: &buffer)
        for argument in arguments { CommandEncoder.append(argument.rawSpan, to: &buffer) }
    }
}
