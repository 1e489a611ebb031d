import RedisEvents
import RedisRESP
import RedisReactor

/// A line of MONITOR is kept as it came, its arguments can be escaped again and read back, and any bytes that a server
/// escapes come back as they were.
///
/// Input: the line, without the `+` before it and the line end behind it. The same bytes serve as arguments too.
enum MonitorProperty {
    static func check(_ input: [UInt8]) throws(Broken) {
        try checkLine(input)
        try checkArguments(input)
    }

    private static func checkLine(_ input: [UInt8]) throws(Broken) {
        let line = RedisBytes(input)
        guard let command = Monitor.Command(line: line) else { return }
        try Broken.unless(command.line == line, "the line is not kept as it came")
        try Broken.unless(!command.arguments.isEmpty, "a command has no name")
        guard let parts = MonitorLine(line.rawSpan) else { throw Broken(property: "a command has no header") }
        let header = Array(input[..<parts.argumentsStart])
        let again = try read(header + escape(command.arguments))
        try Broken.unless(again.arguments == command.arguments, "escaped again, the arguments are others")
        try Broken.unless(again.time == command.time && again.database == command.database, "the header is another")
        try Broken.unless(again.source == command.source, "the source is another")
        let shown = command.source.description
        try Broken.unless(
            shown.unicodeScalars.allSatisfy { !ShownText.isHidden($0.value) },
            "the description of a source does more than show"
        )
        // Where nothing has to be escaped or cut, it names the same source.
        let isPlain = parts.source.count <= ShownText.hostLimit && input[parts.source].allSatisfy { 0x20...0x7e ~= $0 }
        if isPlain, !shown.contains("] \"") {
            let named = Array("1.000000 [0 \(shown)] ".utf8) + escape(command.arguments)
            try Broken.unless(try read(named).source == command.source, "a source does not survive its description")
        }
    }

    private static func checkArguments(_ input: [UInt8]) throws(Broken) {
        let arguments = input.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            RedisBytes($0)
        }
        let header = Array("1339518083.107412 [0 127.0.0.1:60866] ".utf8)
        let command = try read(header + escape(arguments))
        try Broken.unless(command.arguments == arguments, "escaped arguments read back as others")
    }

    private static func read(_ line: [UInt8]) throws(Broken) -> Monitor.Command {
        guard let command = Monitor.Command(line: RedisBytes(line)) else {
            throw Broken(property: "a line as servers write it is not understood")
        }
        return command
    }

    /// The arguments as servers write them.
    private static func escape(_ arguments: some Sequence<RedisBytes>) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for (index, argument) in arguments.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: " ")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in argument {
                switch byte {
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
                case 0x0a: bytes += Array("\\n".utf8)
                case 0x0d: bytes += Array("\\r".utf8)
                case 0x09: bytes += Array("\\t".utf8)
                case 0x07: bytes += Array("\\a".utf8)
                case 0x08: bytes += Array("\\b".utf8)
                case 0x20...0x7e: bytes.append(byte)
                default: bytes += Array("\\x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                }
            }
            bytes.append(UInt8(ascii: "\""))
        }
        return bytes
    }
}
