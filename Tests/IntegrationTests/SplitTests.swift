import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Frames cut at each byte over a live socket", .tags(.server), .timeLimit(.minutes(3)))
struct SplitTests {
    /// Frames of each kind that a subscribed link may bring, in both protocols, and what they mean.
    private static func frames(_ version: Int) -> [(bytes: String, words: String?)] {
        let lead = version == 3 ? ">" : "*"
        func push(_ parts: String...) -> String {
            "\(lead)\(parts.count)\r\n" + parts.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        }
        return [
            (push("message", "a", "hello"), "message a hello"),
            (push("message", "a", ""), "message a "),
            (push("pmessage", "a*", "ab", "hi"), "pmessage a* ab hi"),
            (push("smessage", "s", "\r\n"), "smessage s \r\n"),
            ("\(lead)3\r\n$12\r\nsunsubscribe\r\n$1\r\nz\r\n:0\r\n", nil),
            ("|1\r\n+k\r\n:1\r\n\(lead)3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n", "message a x"),
        ] + (version == 3 ? [(">2\r\n+other\r\n%1\r\n+k\r\n#t\r\n", "push")] : [])
    }

    @Test("are delivered at once, whatever the cut", arguments: [2, 3])
    func pubsub(_ version: Int) async throws {
        let frames = Self.frames(version)
        try await withScriptedServer(timeout: .seconds(60)) { connection in
            _ = try connection.answerHandshake(protocolVersion: version)
            try connection.send("\(version == 3 ? ">" : "*")3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            for frame in frames {
                let bytes = Array(frame.bytes.utf8)
                for cut in 1..<bytes.count {
                    try connection.sendSlowly(Array(bytes[..<cut]), inPiecesOf: cut, pause: .milliseconds(1))
                    try connection.send(Array(bytes[cut...]))
                    // The socket stays idle until the reader has the event and says so.
                    if frame.words != nil { _ = try connection.readCommand() }
                    if frame.words != nil { try connection.send("+PONG\r\n") }
                }
            }
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(url, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            for frame in frames {
                guard let words = frame.words else { continue }
                for cut in 1..<frame.bytes.utf8.count {
                    // An unasked sunsubscribe of a name that is not ours opens a gap and no more.
                    let found = try await pubsub.take(1, skipping: ["gap so far"])
                    #expect(found == [words], "cut at \(cut)")
                    try await pubsub.ping()
                }
            }
            await pubsub.close()
        }
    }

    @Test("so are lines of MONITOR")
    func monitor() async throws {
        let line = "1339518083.107412 [0 [::1]:60866] \"set\" \"a\\x00\" \"\""
        try await withScriptedServer(timeout: .seconds(60)) { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n")
            let bytes = Array("+\(line)\r\n".utf8)
            for cut in 1..<bytes.count {
                try connection.sendSlowly(Array(bytes[..<cut]), inPiecesOf: cut, pause: .milliseconds(1))
                try connection.send(Array(bytes[cut...]))
            }
            _ = try connection.waitForClose()
        } client: { url in
            let monitor = try Monitor(url)
            for _ in 1..<(line.utf8.count + 3) {
                guard case .event(.command(let command)) = try await monitor.next(timeout: .seconds(10)) else {
                    return #expect(Bool(false))
                }
                #expect(command.arguments == ["set", RedisBytes([0x61, 0]), ""])
            }
            await monitor.close()
        }
    }
}
