/// The little of RESP that tests need. Written apart from the library under test, which must not check itself.
enum RESPText {
    /// A command as the array of bulk strings that a server reads.
    static func command(_ arguments: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            bytes += Array("$\(argument.count)\r\n".utf8)
            bytes += argument
            bytes += [0x0d, 0x0a]
        }
        return bytes
    }

    /// Reads one command.
    static func readCommand(_ reader: inout ByteReader, _ deadline: Deadline) throws(RedisTestingError) -> [[UInt8]] {
        let what = "waiting for a command"
        let head = try reader.readLine(deadline, waitingFor: what)
        guard head.first == "*", let count = Int(head.dropFirst()), (1...1_048_576).contains(count) else {
            throw RedisTestingError(.protocolViolation, "\(escaped(head.utf8)) does not begin a command")
        }
        return try readStrings(count, &reader, deadline, waitingFor: what)
    }

    /// Reads one reply that is an array of strings.
    ///
    /// - Throws: `errorReply` when it is an error.
    static func readElements(_ reader: inout ByteReader, _ deadline: Deadline) throws(RedisTestingError) -> [[UInt8]] {
        let what = "waiting for a reply"
        let head = try reader.readLine(deadline, waitingFor: what)
        if head.first == "-" { throw RedisTestingError(.errorReply, String(head.dropFirst())) }
        guard head.first == "*", let count = Int(head.dropFirst()), (0...1_048_576).contains(count) else {
            throw RedisTestingError(.protocolViolation, "\(escaped(head.utf8)) does not begin an array")
        }
        return try readStrings(count, &reader, deadline, waitingFor: what)
    }

    private static func readStrings(
        _ count: Int,
        _ reader: inout ByteReader,
        _ deadline: Deadline,
        waitingFor what: String
    ) throws(RedisTestingError) -> [[UInt8]] {
        var arguments: [[UInt8]] = []
        for _ in 0..<count {
            let line = try reader.readLine(deadline, waitingFor: what)
            guard line.first == "$" else {
                throw RedisTestingError(.protocolViolation, "\(escaped(line.utf8)) does not begin an argument")
            }
            arguments.append(try reader.readBulk(length: line.dropFirst(), deadline, waitingFor: what))
        }
        return arguments
    }

    /// Reads one reply of RESP2 or RESP3 as text: strings and numbers as they are, collections with one element per
    /// line, nothing as "(nil)".
    ///
    /// - Throws: `errorReply` when the reply itself is an error; one inside a collection becomes text.
    static func readReply(
        _ reader: inout ByteReader,
        _ deadline: Deadline,
        depth: Int = 0
    ) throws(RedisTestingError) -> String {
        let what = "waiting for a reply"
        let line = try reader.readLine(deadline, waitingFor: what)
        let rest = line.dropFirst()
        switch line.first {
        case "+", ":", ",", "(": return String(rest)
        case "#": return rest == "t" ? "true" : "false"
        case "_": return "(nil)"
        case "-":
            guard depth > 0 else { throw RedisTestingError(.errorReply, String(rest)) }
            return "(error) \(rest)"
        case "$", "=", "!":
            if rest == "-1" { return "(nil)" }
            let bytes = try reader.readBulk(length: rest, deadline, waitingFor: what)
            let text = String(decoding: bytes, as: UTF8.self)
            if line.first == "!" {
                guard depth > 0 else { throw RedisTestingError(.errorReply, text) }
                return "(error) \(text)"
            }
            return line.first == "=" ? String(text.dropFirst(4)) : text  // "txt:" or "mkd:"
        case "*", "~", ">", "%":
            if rest == "-1" { return "(nil)" }
            guard let count = Int(rest), (0...1_048_576).contains(count), depth < 64 else {
                throw RedisTestingError(.protocolViolation, "\(escaped(line.utf8)) does not begin a collection")
            }
            var elements: [String] = []
            for _ in 0..<(line.first == "%" ? count * 2 : count) {
                elements.append(try readReply(&reader, deadline, depth: depth + 1))
            }
            return elements.joined(separator: "\n")
        default:
            throw RedisTestingError(.protocolViolation, "\(escaped(line.utf8)) does not begin a reply")
        }
    }
}
