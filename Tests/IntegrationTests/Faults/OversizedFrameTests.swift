import RedisCommands
import RedisCore
import RedisEvents
import RedisRESP
import RedisTesting
import TestSupport
import Testing

/// Servers that send more than anybody asked for: before they are trusted, as the answer to a question, and again and
/// again.
@Suite("More than a frame may hold", .tags(.server), .serialized, .timeLimit(.minutes(1)))
struct OversizedFrameTests {
    @Test(
        "is no answer to HELLO, and says so as soon as it is announced",
        arguments: [
            ("$1048577\r\n", "bulkLength"), ("%32769\r\n", "elements"),
            ("+" + String(repeating: "x", count: (1 << 20) + 1), "frameLength"),
            (
                "*3\r\n" + String(repeating: "$400000\r\n\(String(repeating: "x", count: 400_000))\r\n", count: 2)
                    + "$400000\r\n",
                "frameLength"
            ),
            (String(repeating: "*1\r\n", count: 9), "depth"),
        ]
    )
    func hello(_ bytes: String, _ limit: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.readCommand()
            // Before all of a long line is out the client may have gone.
            try? connection.send(bytes)
            _ = try? connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("a") }
            #expect(error?.code == .frameTooLarge)
            #expect(error?.phase == .handshake)
            #expect(error?.message.hasSuffix("so large (RedisFrameLimits.\(limit))") == true, "\(error?.message ?? "")")
            await pubsub.close()
        }
    }

    @Test("is for a message what the configuration says, also for one that comes with the last word of the handshake")
    func behindHandshake() async throws {
        let payload = String(repeating: "x", count: 3 << 20)
        try await withScriptedServer { connection in
            _ = try connection.readCommand()
            let message = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$\(payload.utf8.count)\r\n\(payload)\r\n"
            try connection.send("%2\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n" + message)
            try connection.expectCommand("SUBSCRIBE", "a")
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try scripted(url)
            // HELLO is all of the handshake.
            configuration.tellsLibrary = false
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            #expect(try await pubsub.getMessage(timeout: .seconds(10)).message?.payload.count == payload.utf8.count)
            await pubsub.close()
        }
    }

    @Test("ends the link with the limit's name in the loss and in the gap, each time after a longer pause")
    func message() async throws {
        let connected = Recorder<ContinuousClock.Instant>()
        try await withScriptedServer { connection in
            connected.add(.now)
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            if connection.index < 5 { try connection.send(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$67108865\r\n") }
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try scripted(url)
            configuration.reconnect.minimumDelay = .milliseconds(40)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            let words = "bulk string over 67108864 bytes, at offset"
            let hint = "limits.bulkLength of the configuration sets that (rwatch --max-frame)"
            let cause = try #require(try await pubsub.nextLoss())
            #expect(cause.reason == .frameTooLarge)
            #expect(cause.description.hasPrefix(words) && cause.description.hasSuffix(hint), "\(cause.description)")
            var gaps = 0
            while gaps < 5, case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) {
                guard case .gap(let gap) = event else { continue }
                gaps += 1
                #expect(gap.cause.reason == .frameTooLarge && gap.cause.description.hasSuffix(hint))
            }
            #expect(gaps == 5)
            // Half of 40, 80, 160, 320 and 640 ms at the least.
            let times = connected.values
            #expect(times[0].duration(to: times[5]) >= .milliseconds(620))
            await pubsub.close()
        }
    }

    @Test("is an error of the command for a client, which names the limit, and for a question of the library's own")
    func replies() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("$1048577\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try scripted(url)
            configuration.reconnect.isEnabled = false
            // What is set for events is not for replies, and the other way round.
            configuration.limits.bulkLength = 16
            configuration.replyLimits.bulkLength = 1 << 20
            let client = try RedisClient(configuration)
            let error = await #expect(throws: RedisError.self) { try await client.send(["GET", "a"]) }
            #expect(error?.message.contains("replyLimits.bulkLength") == true, "\(error?.message ?? "")")
            await client.close()
            let link = try CommandLink(configuration)
            let other = await #expect(throws: RedisError.self) { try await link.send(["GET", "a"]) }
            #expect(other?.message.contains("a question of the library's own") == true, "\(other?.message ?? "")")
            await link.close()
        }
    }
}

/// Values that scripts note.
private final class Recorder<Value: Sendable>: Sendable {
    private let state = Locked<[Value]>([])

    var values: [Value] { state.withLock { $0 } }

    func add(_ value: Value) { state.withLock { $0.append(value) } }
}
