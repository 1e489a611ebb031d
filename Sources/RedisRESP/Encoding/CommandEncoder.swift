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
