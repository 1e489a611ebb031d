/// A command and its arguments, as bytes.
///
/// ```swift
/// let command: RedisCommand = ["SET", "greeting", text, "EX", 60]
/// ```
///
/// It is kept as it is sent, an array of bulk strings, so that sending it copies bytes and nothing else.
public struct RedisCommand: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The form that every server version reads.
    package let encoded: [UInt8]

    /// A command of the given parts, its name first.
    public init(_ arguments: [RedisBytes]) {
        let size = arguments.reduce(16) { $0 + $1.count + 24 }
        self.init(argumentCount: arguments.count, capacity: size) { writer in
            for argument in arguments { writer.append(argument) }
        }
    }

    /// A command of the given parts, its name first: text, bytes and numbers as they come.
    public init(arrayLiteral elements: any RedisBytesConvertible...) {
        self.init(argumentCount: elements.count, capacity: 24 * elements.count + 16) { writer in
            for element in elements { element.write(to: &writer) }
        }
    }

    /// A command with a fixed number of arguments: the name, and each of `arguments`.
    package init<each Argument: RedisBytesConvertible>(_ name: StaticString, _ arguments: repeat each Argument) {
        var count = 1
        for _ in repeat (each Argument).self { count += 1 }
        self.init(argumentCount: count, capacity: 24 * count + 16) { writer in
            writer.append(name)
            for argument in repeat each arguments { argument.write(to: &writer) }
        }
    }

    /// A command that is encoded already.
    package init(encoded: [UInt8]) { self.encoded = encoded }

    /// A command of `argumentCount` parts, its name included, which `write` appends.
    package init(argumentCount: Int, capacity: Int, _ write: (inout RedisArgumentWriter) -> Void) {
        var writer = RedisArgumentWriter(capacity: capacity)
        CommandEncoder.appendHeader(argumentCount: argumentCount, to: &writer.buffer)
        write(&writer)
        encoded = writer.buffer
    }

    /// The command's name and its arguments. A command without a name is refused when it is sent.
    public var arguments: [RedisBytes] {
        get {
            var arguments: [RedisBytes] = []
            var reader = ArgumentReader(encoded)
            arguments.reserveCapacity(reader.count)
            while let range = reader.next() { arguments.append(part(range)) }
            return arguments
        }
        set { self = RedisCommand(newValue) }
    }

    /// The number of arguments, the name included.
    package var argumentCount: Int { ArgumentReader(encoded).count }

    /// The command's name; empty when there is none.
    package var name: RedisBytes { argument(at: 0) ?? RedisBytes() }

    /// One argument; the name has the position 0. `nil` behind the last one.
    package func argument(at position: Int) -> RedisBytes? {
        var reader = ArgumentReader(encoded)
        for _ in 0..<position { if reader.next() == nil { return nil } }
        return reader.next().map { part($0) }
    }

    private func part(_ range: Range<Int>) -> RedisBytes {
        RedisBytes(partOf: encoded, start: range.lowerBound, count: range.count)
    }

    /// Appends the command as it is sent.
    package func encode(into buffer: inout [UInt8]) { buffer += encoded }
}

extension RedisCommand: CustomStringConvertible {
    /// The name and the number of arguments. Arguments may be secret and are not shown.
    public var description: String { "\(name) with \(max(argumentCount - 1, 0)) arguments" }
}

/// Reads the arguments of an encoded command, which this process has encoded itself.
package struct ArgumentReader {
    private let bytes: [UInt8]
    private var position: Int
    /// The number of all arguments.
    package let count: Int
    private var remaining: Int

    /// A reader for the command that begins at `start`.
    package init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        position = start
        count = Self.number(in: bytes, at: &position)
        remaining = count
    }

    /// Where the next argument begins, or the next command after the last argument.
    package var end: Int { position }

    /// The place of the next argument; `nil` after the last.
    package mutating func next() -> Range<Int>? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let length = Self.number(in: bytes, at: &position)
        let start = position
        position = start + length + 2
        return start..<(start + length)
    }

    /// Reads `*12\r\n` or `$12\r\n`.
    private static func number(in bytes: [UInt8], at position: inout Int) -> Int {
        var value = 0
        position += 1
        while bytes[position] != UInt8(ascii: "\r") {
            value = value * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        position += 2
        return value
    }
}

/// Writes the arguments of a command. A `RedisBytesConvertible` type appends itself as one argument.
public struct RedisArgumentWriter {
    var buffer: [UInt8] = []

    init(capacity: Int) { buffer.reserveCapacity(capacity) }

    /// Appends one argument.
    public mutating func append(_ bytes: RedisBytes) { CommandEncoder.append(bytes.rawSpan, to: &buffer) }

    /// Appends one argument: the UTF-8 form of a text.
    public mutating func append(_ text: String) {
        text.withUTF8Bytes { CommandEncoder.append($0, to: &buffer) }
    }

    /// Appends one argument: the decimal form of a number.
    public mutating func append(_ number: Int) {
        guard number >= 0 else { return append(String(number)) }
        CommandEncoder.append(decimal: UInt64(number), to: &buffer)
    }

    /// Appends one argument: two numbers with a byte between them.
    package mutating func append(_ first: UInt64, _ separator: UInt8, _ second: UInt64) {
        CommandEncoder.append(first, separator, second, to: &buffer)
    }

    package mutating func append(_ name: StaticString) {
        name.withUTF8Bytes { CommandEncoder.append($0, to: &buffer) }
    }
}

/// Writes commands as the server reads them: an array of bulk strings.
package enum CommandEncoder {
    /// Begins a command of that many arguments, its name included.
    package static func appendHeader(argumentCount: Int, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "*"))
        appendDecimal(UInt64(argumentCount), to: &buffer)
        appendLineEnd(to: &buffer)
    }

    /// Appends one argument.
    package static func append(_ argument: RawSpan, to buffer: inout [UInt8]) {
        appendLength(argument.byteCount, to: &buffer)
        buffer.append(argument)
        appendLineEnd(to: &buffer)
    }

    /// Appends one argument: a number.
    static func append(decimal value: UInt64, to buffer: inout [UInt8]) {
        appendLength(digitCount(value), to: &buffer)
        appendDecimal(value, to: &buffer)
        appendLineEnd(to: &buffer)
    }

    /// Appends one argument: two numbers with a byte between them.
    static func append(_ first: UInt64, _ separator: UInt8, _ second: UInt64, to buffer: inout [UInt8]) {
        appendLength(digitCount(first) + 1 + digitCount(second), to: &buffer)
        appendDecimal(first, to: &buffer)
        buffer.append(separator)
        appendDecimal(second, to: &buffer)
        appendLineEnd(to: &buffer)
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }

    private static func appendLength(_ length: Int, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "$"))
        appendDecimal(UInt64(length), to: &buffer)
        appendLineEnd(to: &buffer)
    }

    private static func appendLineEnd(to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\r"))
        buffer.append(UInt8(ascii: "\n"))
    }

    private static func appendDecimal(_ value: UInt64, to buffer: inout [UInt8]) {
        if value >= 10 { appendDecimal(value / 10, to: &buffer) }
        buffer.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
