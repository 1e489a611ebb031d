import RedisRESP
import Testing

/// Frames of every kind, as servers send them, with the value that they mean.
struct Fixture: Sendable, CustomTestStringConvertible {
    var bytes: String
    var value: RESPValue

    var testDescription: String { bytes.debugDescription }

    static let all: [Fixture] = [
        Fixture(bytes: "+OK\r\n", value: .simpleString("OK")),
        Fixture(bytes: "+\r\n", value: .simpleString("")),
        Fixture(bytes: "-ERR no\r\n", value: .error("ERR no")),
        Fixture(bytes: ":0\r\n", value: .integer(0)),
        Fixture(bytes: ":-42\r\n", value: .integer(-42)),
        Fixture(bytes: ":+7\r\n", value: .integer(7)),
        Fixture(bytes: ":9223372036854775807\r\n", value: .integer(.max)),
        Fixture(bytes: ":-9223372036854775808\r\n", value: .integer(.min)),
        Fixture(bytes: "$0\r\n\r\n", value: .bulkString("")),
        Fixture(bytes: "$5\r\nhello\r\n", value: .bulkString("hello")),
        Fixture(bytes: "$4\r\n\r\n\r\n\r\n", value: .bulkString("\r\n\r\n")),
        Fixture(bytes: "$-1\r\n", value: .null),
        Fixture(bytes: "*-1\r\n", value: .null),
        Fixture(bytes: "_\r\n", value: .null),
        Fixture(bytes: "#t\r\n", value: .boolean(true)),
        Fixture(bytes: "#f\r\n", value: .boolean(false)),
        Fixture(bytes: ",3.25\r\n", value: .double(3.25)),
        Fixture(bytes: ",inf\r\n", value: .double(.infinity)),
        Fixture(bytes: ",-inf\r\n", value: .double(-.infinity)),
        Fixture(
            bytes: "(3492890328409238509324850943850943825024385\r\n",
            value: .bigNumber("3492890328409238509324850943850943825024385")
        ),
        Fixture(bytes: "!9\r\nSYNTAX no\r\n", value: .error("SYNTAX no")),
        Fixture(bytes: "=8\r\ntxt:text\r\n", value: .verbatimString(format: "txt", text: "text")),
        Fixture(bytes: "*0\r\n", value: .array([])),
        Fixture(bytes: "%0\r\n", value: .map([])),
        Fixture(bytes: "~0\r\n", value: .set([])),
        Fixture(bytes: "*2\r\n$1\r\na\r\n:1\r\n", value: .array([.bulkString("a"), .integer(1)])),
        Fixture(bytes: "~2\r\n+a\r\n#t\r\n", value: .set([.simpleString("a"), .boolean(true)])),
        Fixture(
            bytes: "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n",
            value: .map([
                .init(key: .simpleString("a"), value: .integer(1)),
                .init(key: .simpleString("b"), value: .array([.null])),
            ])
        ),
        Fixture(
            bytes: ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n",
            value: .push([.bulkString("message"), .bulkString("ch"), .bulkString("hi")])
        ),
        // A SUBSCRIBE inside MULTI: its push is an element of the reply of EXEC.
        Fixture(
            bytes: "*2\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+OK\r\n",
            value: .array([.push([.bulkString("subscribe"), .bulkString("a"), .integer(1)]), .simpleString("OK")])
        ),
        Fixture(bytes: "*3\r\n*0\r\n*1\r\n*0\r\n$-1\r\n", value: .array([.array([]), .array([.array([])]), .null])),
        // Attributes stand before a value, at the top or inside, and do not count.
        Fixture(bytes: "|1\r\n+ttl\r\n:3\r\n+OK\r\n", value: .simpleString("OK")),
        Fixture(bytes: "*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:7\r\n|0\r\n:8\r\n", value: .array([.integer(7), .integer(8)])),
        Fixture(bytes: "|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n*1\r\n_\r\n", value: .array([.null])),
        // The empty name and the empty payload are legal.
        Fixture(
            bytes: "*3\r\n$7\r\nmessage\r\n$0\r\n\r\n$0\r\n\r\n",
            value: .array([.bulkString("message"), .bulkString(""), .bulkString("")])
        ),
        // A lone carriage return inside a line is text.
        Fixture(bytes: "-ERR a\rb\r\n", value: .error("ERR a\rb")),
    ]
}

/// Feeds pieces of a stream to a parser, the way a read buffer does, and collects the values.
struct Feeder: ~Copyable {
    var parser: FrameParser
    var unread: [UInt8] = []
    var values: [RESPValue] = []

    init(limits: RedisFrameLimits = RedisFrameLimits()) { parser = FrameParser(limits: limits) }

    mutating func feed(_ piece: some Sequence<UInt8>) throws(RESPError) {
        unread += piece
        while !unread.isEmpty, case .frame(let count) = try Self.parse(unread, &parser) {
            values.append(Self.value(unread, parser))
            unread.removeFirst(count)
        }
    }

    private static func parse(_ bytes: [UInt8], _ parser: inout FrameParser) throws(RESPError) -> FrameParser.Progress {
        try parser.parse(bytes.span.rawBytes)
    }

    private static func value(_ bytes: [UInt8], _ parser: borrowing FrameParser) -> RESPValue {
        RESPValue(Frame(bytes: bytes.span.rawBytes, nodes: parser.frameNodes))
    }
}
