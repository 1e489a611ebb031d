import RedisCore
import RedisRESP
import TestSupport
import Testing

/// What a server says, where it comes to be read by people.
@Suite("What is shown of a server's words", .tags(.unit))
struct ShownErrorTests {
    private static let endpoint = RedisEndpoint.tcp(host: "h", port: 1)
    private static let bad = "a\nrwatch: link back\u{1b}[2J\u{9b}\u{202e}\u{2028}"
    private static let shown = "a\\nrwatch: link back\\x1b[2J\\x9b\\u{202e}\\u{2028}"

    @Test("an error's message and description are one line that does nothing, and its line is the server's")
    func error() {
        let error = RedisError.server("ERR \(Self.bad)", at: Self.endpoint, .command)
        #expect(error.serverMessage == "ERR \(Self.bad)")
        #expect(error.message == "ERR \(Self.shown)")
        #expect("\(error)" == "h:1: command: ERR \(Self.shown)")
        #expect(RedisError(.closed, "words of any kind \(Self.bad)").message == "words of any kind \(Self.shown)")
    }

    @Test("and they are cut: a line at 1 KiB, a message at 4 KiB")
    func lengths() {
        let line = "ERR " + String(repeating: "x", count: 2000)
        let shown = String(line.prefix(1024)) + "...(cut: 2004 bytes in all)"
        #expect(RedisError.server(line, at: Self.endpoint, .command).message == shown)
        let message = RedisError(.closed, String(repeating: "x", count: 5000)).message
        #expect(message == String(repeating: "x", count: 4096) + "...(cut: 5000 bytes in all)")
    }

    @Test("a line that answers a password is left out, whatever escapes stand in it, and however long it is")
    func redaction() {
        for tail in ["", "\u{1b}", "\u{202e}", "\u{301}", String(repeating: "\n", count: 1000)] {
            for line in [
                "ERR hunter2\(tail)", "\u{301}\(tail) hunter2", "ERR unknown, with args beginning with hunter2\(tail)",
            ] {
                let error = RedisError.server(line, at: Self.endpoint, .handshake)
                let hidden = error.redacting(RedisCredentials(password: "hunter2"))
                #expect(!"\(hidden) \(hidden.serverMessage ?? "")".contains("hunter2"))
                #expect(hidden.message == hidden.serverMessage)
                // Behind words of this library, too: an accent would make another character of their last one.
                var behind = RedisError(.invalidConfiguration, "database 9: \(error.message)", endpoint: Self.endpoint)
                behind.serverMessage = line
                behind = behind.redacting(RedisCredentials(password: "hunter2"))
                #expect(behind.message == "database 9: \(hidden.message)")
            }
        }
    }

    @Test("the end of a link is told in one line")
    func disconnect() {
        let error = RedisError.server("ERR \(Self.bad)", at: Self.endpoint, .listen)
        let cause = RedisDisconnect(LinkEvidence(error: error))
        #expect(cause.observation == "ERR \(Self.shown)")
        #expect("\(cause)" == "ERR \(Self.shown)")
        #expect("\(RedisLinkEvent.retrying(error, after: .zero))".hasSuffix("ERR \(Self.shown)"))
        let moved = RedisDisconnect(.endOfStream, "gone").explained(movedTo: .tcp(host: Self.bad, port: 7))
        #expect("\(moved)".hasSuffix("its part has [\(Self.shown)]:7"))
    }

    @Test("names in a gap are one line, and not long")
    func gap() {
        let names = [Self.bad, String(repeating: "n", count: 1000)].map {
            RedisGap.Name(kind: .pattern, name: RedisBytes($0))
        }
        #expect("\(names[0])" == "pattern \(Self.shown)")
        #expect("\(names[1])" == "pattern " + String(repeating: "n", count: 128) + "...(cut: 1000 bytes in all)")
        let gap = RedisGap(
            cause: RedisDisconnect(.endOfStream, "gone"),
            from: .now(),
            until: .now(),
            isComplete: true,
            names: names
        )
        #expect("\(gap)".contains("pattern \(Self.shown), pattern nnn"))
    }

    @Test("what a server says of itself is told in short, and is unknown when it does not show")
    func facts() {
        func facts(_ text: String) -> ServerFacts {
            let fields = ["server", "version", "mode", "role"].map {
                RESPValue.Pair(key: .bulkString(RedisBytes($0)), value: .bulkString(RedisBytes(text)))
            }
            return ServerFacts(hello: .map(fields))
        }
        #expect("\(facts(Self.bad))" == "RESP3")
        #expect(facts(Self.bad).version == nil)
        let long = String(repeating: "7", count: 200)
        let cut = String(repeating: "7", count: 128) + "...(cut: 200 bytes in all)"
        #expect("\(facts(long))" == "\(cut) \(cut), \(cut), \(cut), RESP3")
    }

    @Test("bytes that stand in something else are quoted; by themselves they are what they are")
    func bytes() {
        let bytes = RedisBytes(Self.bad)
        #expect("\(bytes)" == Self.bad)
        #expect("\([bytes])" == "[\"\(Self.shown)\"]")
        #expect("\(RESPValue.array([.bulkString(bytes)]))".contains("\"\(Self.shown)\""))
        #expect(String(reflecting: RedisBytes([0xff, 0x41])) == "\"\\xffA\"")
    }
}
