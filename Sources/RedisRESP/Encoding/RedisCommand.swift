/// A command and its arguments, as bytes.
///
/// ```swift
/// let command: RedisCommand = ["SET", "greeting", text, "EX", 60]
/// ```
public struct RedisCommand: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The command's name and its arguments. A command without a name is refused when it is sent.
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

/// Writes commands as the server reads them: an array of bulk strings.
package enum CommandEncoder {
    /// Begins a command of that many arguments, its name included.
    package static func appendHeader(argumentCount: Int, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "*"))
        appendDecimal(argumentCount, to: &buffer)
        appendLineEnd(to: &buffer)
    }

    /// Appends one argument.
    package static func append(_ argument: RawSpan, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "$"))
        appendDecimal(argument.byteCount, to: &buffer)
        appendLineEnd(to: &buffer)
        buffer.append(argument)
        appendLineEnd(to: &buffer)
    }

    private static func appendLineEnd(to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\r"))
        buffer.append(UInt8(ascii: "\n"))
    }

    private static func appendDecimal(_ value: Int, to buffer: inout [UInt8]) {
        if value >= 10 { appendDecimal(value / 10, to: &buffer) }
        buffer.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
