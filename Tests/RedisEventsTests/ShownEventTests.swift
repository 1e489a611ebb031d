import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

/// Names that a publisher or a neighbour has chosen, where they come to be read by people.
@Suite("What is shown of events", .tags(.unit))
struct ShownEventTests {
    private static let text = "a\nb\u{1b}[2J\u{9b}\u{202e}"
    private static let bad = RedisBytes(text)
    private static let shown = "a\\nb\\x1b[2J\\x9b\\u{202e}"
    private static let long = RedisBytes(String(repeating: "n", count: 1000))
    private static let cut = String(repeating: "n", count: 128) + "...(cut: 1000 bytes in all)"

    private static func push(_ kind: RedisBytes) -> RESPValue { .push([.bulkString(kind), .integer(1)]) }

    @Test("names are one line, and not long", arguments: [(bad, shown), (long, cut), (RedisBytes([0xff]), "\\xff")])
    func names(_ name: RedisBytes, _ shown: String) {
        let key = KeyspaceEvents.KeyEvent(
            name: KeyspaceEvents.KeyEvent.Name(name),
            key: name,
            database: 0,
            receivedAt: .now()
        )
        #expect("\(key)" == "\(shown) \(shown) in database 0")
        #expect("\(KeyspaceEvents.Event.key(key))" == "\(shown) \(shown) in database 0")
        #expect("\(PubSub.Event.push(Self.push(name)))" == "push \(shown) (2 elements)")
        #expect("\(KeyspaceEvents.Event.push(Self.push(name)))" == "push \(shown) (2 elements)")
        #expect("\(Invalidations.Event.push(Self.push(name)))" == "push \(shown) (2 elements)")
        #expect("\(Invalidations.Event.invalidated([name, name]))" == "invalidated: \(shown), \(shown)")
    }

    @Test("what a server says of its setting are flags, and nothing else")
    func flags() {
        #expect("\(NotificationFlags("K$\u{1b}[x\u{85}; '`é\n"))" == "$xK")
    }

    @Test("lines of MONITOR that no server should send are shown without doing anything")
    func monitor() throws {
        let raw = "1.000001 [0 unix:/tmp/\u{1b}[2J\u{202e}] \"SE\u{9b}T\" \"\u{1b}\""
        let command = try #require(Monitor.Command(line: RedisBytes(raw)))
        #expect("\(command)" == "SE\\x9bT from unix:/tmp/\\x1b[2J\\u{202e} in database 0 (1 argument)")
        #expect("\(command.source)" == "unix:/tmp/\\x1b[2J\\u{202e}")
        #expect("\(command.arguments)" == "[\"SE\\x9bT\", \"\\x1b\"]")
        #expect(command.arguments[1] == "\u{1b}")
        let line = Monitor.Line(RedisBytes("a\u{1b}" + String(repeating: "b", count: 2000)))
        #expect("\(line)" == "a\\x1b" + String(repeating: "b", count: 1019) + "...(cut: 2002 bytes in all)")
    }
}
