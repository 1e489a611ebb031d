import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

@Suite("A run of messages", .tags(.unit), .timeLimit(.minutes(1)))
struct MessageRunTests {
    /// A message as it should come out, and how many bytes its frame has.
    struct Expected: Equatable {
        var kind: PubSub.Message.Kind
        var pattern: RedisBytes
        var channel: RedisBytes
        var payload: RedisBytes
    }

    private func bulk(_ bytes: [UInt8]) -> [UInt8] { Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8) }

    private func frame(_ message: Expected, resp3: Bool) -> [UInt8] {
        let isPattern = message.kind == .pmessage
        var bytes = Array("\(resp3 ? ">" : "*")\(isPattern ? 4 : 3)\r\n".utf8) + bulk(Array("\(message.kind)".utf8))
        if isPattern { bytes += bulk(message.pattern.bytes) }
        return bytes + bulk(message.channel.bytes) + bulk(message.payload.bytes)
    }

    private func read(
        _ bytes: [UInt8],
        limits: RedisFrameLimits = RedisFrameLimits()
    ) -> (messages: [Expected], byteCount: Int, largestFrame: Int) {
        var run = MessageRun(
            bytes.span.rawBytes,
            limits,
            at: RedisTimestamp(microseconds: 1),
            from: .none
        )
        var messages: [Expected] = []
        while run.next() {
            let view = run.view
            messages.append(
                Expected(
                    kind: view.kind,
                    pattern: RedisBytes(copying: view.pattern),
                    channel: RedisBytes(copying: view.channel),
                    payload: RedisBytes(copying: view.payload)
                )
            )
        }
        let goesOn = run.next()
        #expect(!goesOn)
        return (messages, run.byteCount, run.largestFrame)
    }

    @Test("that the parser found is one message, counted once, and ends behind its payload")
    func parsed() {
        let bytes = Array("xx pattern channel payload yy".utf8)
        var run = MessageRun(
            .pmessage,
            pattern: 3..<10,
            channel: 11..<18,
            payload: 19..<26,
            in: bytes.span.rawBytes,
            at: RedisTimestamp(microseconds: 1),
            from: .none
        )
        var seen: [[RedisBytes]] = []
        // A run that did not end would never be read to its end.
        while seen.count < 2, run.next() {
            let view = run.view
            seen.append([
                RedisBytes(copying: view.pattern), RedisBytes(copying: view.channel), RedisBytes(copying: view.payload),
            ])
        }
        #expect(seen == [["pattern", "channel", "payload"]])
        #expect(run.byteCount == 26)
        run.finish()
        #expect(run.counts[Int(PubSub.Message.Kind.pmessage.rawValue)] == 1)
    }

    @Test(
        "fits into a record unless sixteen bytes or more stand between its parts",
        arguments: [(15, 15), (15, 16), (16, 15), (16, 16)]
    )
    func spaces(_ before: Int, _ behind: Int) {
        let bytes = [UInt8](repeating: 0, count: 100)
        let run = MessageRun(
            .pmessage,
            pattern: 3..<10,
            channel: (10 + before)..<40,
            payload: (40 + behind)..<70,
            in: bytes.span.rawBytes,
            at: RedisTimestamp(microseconds: 1),
            from: .none
        )
        #expect(run.fitsRecords == (before < 16 && behind < 16))
    }

    @Test("counts messages by their kind, and none of the server's own channels, which nobody published to")
    func counts() {
        func message(_ kind: PubSub.Message.Kind, _ channel: RedisBytes) -> [UInt8] {
            frame(Expected(kind: kind, pattern: "*", channel: channel, payload: "x"), resp3: true)
        }
        func counts(_ frames: [[UInt8]]) -> [Int] {
            let bytes = frames.flatMap { $0 }
            var run = MessageRun(
                bytes.span.rawBytes,
                RedisFrameLimits(),
                at: RedisTimestamp(microseconds: 1),
                from: .none
            )
            while run.next() {}
            run.finish()
            let fitsRecords = run.fitsRecords
            #expect(fitsRecords)
            return run.counts.indices.map { run.counts[$0] }
        }
        let (own, other) = (message(.message, "__keyspace@0__:k"), message(.message, "c"))
        #expect(counts([other, other, other]) == [3, 0, 0])
        #expect(counts([own, own, other, own, other, other, own]) == [3, 0, 0])
        // Frames that are the one before but for the letters of the channel are no exception.
        let (alike, third) = (message(.message, "channel:00000000"), message(.message, "channel:00000001"))
        #expect(counts([own, alike, third, own, alike, alike, own, third]) == [5, 0, 0])
        #expect(counts([alike, message(.smessage, "channel:00000000"), third]) == [2, 0, 1])
        #expect(counts([message(.pmessage, "__keyevent@3__:set"), message(.pmessage, "c")]) == [0, 1, 0])
        #expect(counts([other, message(.smessage, "s"), message(.smessage, "s"), own]) == [1, 0, 2])
    }

    @Test(
        "ends before a message whose payload is no bulk string, or whose length does not end with a line",
        arguments: [
            "+1\r\nx", ":1\r\nx", "*1\r\nx", "$+1\r\nx", "$1xyx", "$\r\n", "$:\r\n0123456789", "$0000000001\r\nx",
        ]
    )
    func otherPayloads(payload: String) {
        let names = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n"
        let found = read(Array("\(names)$1\r\nx\r\n\(names)\(payload)\r\n".utf8))
        #expect(found.messages.count == 1 && found.byteCount == names.utf8.count + 7)
    }

    @Test("reads a length of up to nine digits, as servers may write it")
    func longLength() {
        let found = read(Array(">3\r\n$7\r\nmessage\r\n$000000001\r\na\r\n$000000002\r\nbc\r\n".utf8))
        #expect(found.messages == [Expected(kind: .message, pattern: "", channel: "a", payload: "bc")])
    }

    /// A channel, and a frame that is no message, although a number stands in it where a message of that channel has
    /// the length of its payload.
    static let otherNames: [(RedisBytes, String)] = [
        ("abc", ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\nx\r\n"),
        ("abc", ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n+bc1\r\nx\r\n"),
        ("abc", ">4\r\n$8\r\npmessage\r\n$1\r\na\r\n+c1\r\nx\r\n"),
        ("ab", ">3\r\n$7\r\nmessage\r\n$2\r\na\r\n$11\r\nx\r\n"),
        ("ab", ">3\r\n$7\r\nmessage\r\n$2\r\nabXX$3\r\n\r\n$\r\n"),
    ]

    @Test("ends before a frame whose names are not those of a message", arguments: otherNames)
    func endsBeforeOtherNames(_ channel: RedisBytes, _ other: String) {
        let message = Expected(kind: .message, pattern: "", channel: channel, payload: "d")
        #expect(read(frame(message, resp3: true) + Array(other.utf8)).messages == [message])
    }

    @Test("knows its longest frame, wherever that stands")
    func largestFrame() {
        let frames = ["abc", "abcdefghij", "ab"].map { payload in
            frame(Expected(kind: .message, pattern: "", channel: "c", payload: RedisBytes(payload)), resp3: true)
        }
        #expect(read(frames.flatMap { $0 }).largestFrame == frames[1].count)
    }

    @Test("brings what whole frames hold, wherever the bytes are cut, and leaves the rest to the parser")
    func everyCut() {
        for seed in UInt64(1)...40 {
            var random = SplitMix(state: seed)
            let names = (0..<3).map { number in
                RedisBytes(
                    (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                        + [number]
                )
            }
            var stream: [UInt8] = []
            var ends: [Int] = []
            var expected: [Expected] = []
            for _ in 0..<12 {
                let kind =
                    [PubSub.Message.Kind.message, .pmessage, .smessage].randomElement(using: &random) ?? .message
                let length = [0, 1, 7, 16, 300].randomElement(using: &random) ?? 0
                let message = Expected(
                    kind: kind,
                    pattern: kind == .pmessage ? names.randomElement(using: &random) ?? "" : "",
                    channel: names.randomElement(using: &random) ?? "",
                    payload: RedisBytes((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
                )
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    stream += frame(message, resp3: seed % 2 == 0)
                    ends.append(stream.count)
                    expected.append(message)
                }
            }
            for cut in 0...stream.count {
                let whole = ends.prefix { $0 <= cut }.count
                let found = read(Array(stream[..<cut]))
                #expect(found.messages == Array(expected.prefix(whole)), "seed \(seed), \(cut) bytes")
                #expect(found.byteCount == (whole == 0 ? 0 : ends[whole - 1]), "seed \(seed), \(cut) bytes")
            }
        }
    }

    @Test(
        "ends before whatever is no plain message",
        arguments: [
            "+OK\r\n", ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "*2\r\n$4\r\npong\r\n$0\r\n\r\n",
            ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n:1\r\n", ">3\r\n$7\r\nmessagf\r\n$1\r\na\r\n$1\r\nb\r\n",
            ">3\r\n+message\r\n$1\r\na\r\n$1\r\nb\r\n", ">3\r\n$7\r\nmessage\r\n$2\r\na\r\n$1\r\nb\r\n",
            ">3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nb\r\n", ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$-1\r\n",
            ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1000000000000\r\n", ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nbXX",
            ">4\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n", ">3\r\n$8\r\npmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
            "|1\r\n+a\r\n+b\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
            ">3\r\n$7\r\nmessage\r\n$\r\na\r\n$1\r\nb\r\n", ">3\r\n$7\r\nmessage\r\n$\r\n\r\n$1\r\nb\r\n",
            ">3\r\n$7\r\nmessage\r\n+1\r\na\r\n$1\r\nb\r\n", ">3\r\n$7\r\nmessage\r\n$1\r\naXX$1\r\nb\r\n",
            ">3\r\n$8\r\nsmessagf\r\n$1\r\na\r\n$1\r\nb\r\n",
            ">4\r\n$8\r\npmessagf\r\n$1\r\n*\r\n$1\r\na\r\n$1\r\nb\r\n",
            ">4\r\n$8\r\npmessage\r\n+1\r\n*\r\n$1\r\na\r\n$1\r\nb\r\n", "1\r\nb\r\n", ">1\r\n+\r\n",
        ]
    )
    func others(_ other: String) {
        let message = Expected(kind: .message, pattern: "", channel: "a", payload: "bc")
        let before = frame(message, resp3: true)
        let found = read(before + Array(other.utf8) + before)
        #expect(found.messages == [message])
        #expect(found.byteCount == before.count)
        #expect(found.largestFrame == before.count)
        #expect(read(Array(other.utf8) + before).byteCount == 0)
    }

    @Test("leaves frames that are over a limit to the parser, which refuses them by name")
    func limits() {
        let message = Expected(kind: .message, pattern: "", channel: "channel", payload: "12345678901")
        let bytes = frame(message, resp3: true)
        #expect(read(bytes, limits: RedisFrameLimits(bulkLength: 11)).messages == [message])
        #expect(read(bytes, limits: RedisFrameLimits(bulkLength: 10)).messages == [])
        #expect(read(bytes, limits: RedisFrameLimits(frameLength: bytes.count)).messages == [message])
        #expect(read(bytes, limits: RedisFrameLimits(frameLength: bytes.count - 1)).messages == [])
        #expect(read(bytes, limits: RedisFrameLimits(elements: 3)).messages == [])
        #expect(read(bytes, limits: RedisFrameLimits(depth: 0)).messages == [])
        #expect(read(bytes + bytes, limits: RedisFrameLimits(frameLength: bytes.count)).messages == [message, message])
        let named = Expected(kind: .message, pattern: "", channel: "12345678901", payload: "x")
        let namedBytes = frame(named, resp3: true)
        #expect(read(namedBytes, limits: RedisFrameLimits(bulkLength: 11)).messages == [named])
        #expect(read(namedBytes, limits: RedisFrameLimits(bulkLength: 10)).messages == [])
    }
}
