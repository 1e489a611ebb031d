import RedisEvents
import RedisRESP
import RedisReactor
import RwatchKit

/// Events as they come, for what selects some of them.
enum Recorded {
    static let lines: [String] = [
        #"1795219143.045931 [0 127.0.0.1:41690] "SET" "user:1" "v""#,
        #"1795219143.100000 [0 [::1]:37706] "get" "user:2""#,
        #"1795219143.100001 [3 unix:/run/r.sock] "DEL" "user:1" "order:2""#,
        #"1795219143.100002 [0 lua] "SET" "user:9" "x""#,
        #"1795219143.100003 [0 10.0.0.1:5000] "EVAL" "return 1" "2" "user:7" "b" "arg""#,
        #"1795219143.100004 [1 10.1.2.3:6000] "XREAD" "COUNT" "2" "STREAMS" "s1" "s2" "0" "0""#,
        #"1795219143.100005 [0 10.0.0.1:5001] "SET" "caf\xc3\xa9" "a\"b\\""#,
        #"1795219143.100006 [0 192.168.1.9:1] "PING""#,
        #"1795219143.100007 [tenant 10.0.0.9:7] "SET" "k" "42""#,
        #"1795219143.100008 [0 10.0.0.1:5000] "HSET" "user:1" "n" ""# + String(repeating: "x", count: 100) + "\"",
        "1795219143.100009 [0",
        #"1795219143.100010 [0 10.0.0.1:5000] "SET" "user:5"#,
    ]

    struct Message {
        var kind = PubSub.Message.Kind.message
        var channel: String
        var pattern = ""
        var payload: [UInt8]
    }

    static let messages = [
        Message(
            channel: "orders",
            payload: Array(
                #"{"user":{"id":42,"name":"Zo\u00eb"},"items":[1,2.50,"x"],"ok":true,"none":null}"#.utf8
            )
        ),
        Message(channel: "orders", payload: Array(#" {"user": {"id": "42"}} "#.utf8)),
        Message(kind: .pmessage, channel: "cache.a", pattern: "cache.*", payload: Array("hello".utf8)),
        Message(kind: .smessage, channel: "stock", payload: Array(#"{"user":{"id":9007199254740993}}"#.utf8)),
        Message(channel: "news", payload: Array(#"{"user":{"id":42}} x"#.utf8)),
        Message(channel: "bin", payload: [0xff, 0x00]),
        Message(channel: "orders", payload: []),
    ]

    static let keyEvents: [(event: String, key: [UInt8], database: Int)] = [
        ("set", Array("user:1".utf8), 0), ("del", Array("user:2".utf8), 3), ("expired", Array("tmp:1".utf8), 0),
        ("hset", [0x6b, 0xff], 15),
    ]
}

extension Selection {
    /// A selection by an expression alone.
    init(_ expression: String, of stream: EventStreamKind = .commands) throws {
        self.init()
        self.expression = try FilterExpression(expression, for: stream)
    }

    /// Which lines are shown, in order.
    func shown(_ lines: [String] = Recorded.lines, _ table: CommandCatalog = .builtIn) -> [Int] {
        shown(lines.map { Array($0.utf8) }, table)
    }

    func shown(_ lines: [[UInt8]], _ table: CommandCatalog = .builtIn) -> [Int] {
        guard let selection = filter(table).map({ EventSelection($0) }) else { return Array(lines.indices) }
        return lines.indices.filter { index in withBytes(lines[index]) { selection.selects(line: $0) } }
    }

    /// Which of the recorded messages are shown.
    func shownMessages() -> [Int] {
        guard let selection = filter().map({ EventSelection($0) }) else { return Array(Recorded.messages.indices) }
        return Recorded.messages.indices.filter { index in
            let message = Recorded.messages[index]
            return withBytes(Array(message.channel.utf8)) { channel in
                withBytes(Array(message.pattern.utf8)) { pattern in
                    withBytes(message.payload) { payload in
                        selection.selects(
                            message.kind,
                            channel: channel,
                            pattern: pattern,
                            payload: payload,
                            at: RedisTimestamp(microseconds: 1_500_000)
                        )
                    }
                }
            }
        }
    }

    /// Which of the recorded key events are shown.
    func shownKeyEvents() -> [Int] {
        guard let selection = filter().map({ EventSelection($0) }) else { return Array(Recorded.keyEvents.indices) }
        return Recorded.keyEvents.indices.filter { index in
            let (event, key, database) = Recorded.keyEvents[index]
            return withBytes(Array(event.utf8)) { name in
                withBytes(key) { key in
                    selection.selects(
                        event: name,
                        key: key,
                        database: database,
                        at: RedisTimestamp(microseconds: 1_500_000)
                    )
                }
            }
        }
    }
}

/// The line of a command, as a server writes it.
func monitorLine(_ words: [String]) -> [UInt8] {
    formatted { buffer in
        buffer.append(literal: "1795219143.045931 [0 127.0.0.1:41690]")
        for word in words {
            buffer.append(UInt8(ascii: " "))
            withBytes(Array(word.utf8)) { buffer.append(quoted: $0) }
        }
    }
}
