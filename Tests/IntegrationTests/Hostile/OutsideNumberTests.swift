import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// The smallest number of 64 bits has no counterpart: whatever is taken off it, or turned, traps.
@Suite("Numbers of a server that nothing can be reckoned with", .tags(.server), .timeLimit(.minutes(1)))
struct OutsideNumberTests {
    @Test(
        "in the confirmation of a subscription count as none, or as the most there can be",
        arguments: [("-9223372036854775808", 0), ("-1", 0), ("9223372036854775807", 1 << 56 - 1)] as [(String, Int)]
    )
    func confirmations(_ text: String, _ count: Int) async throws {
        try await withScriptedServer { connection in
            var command = try connection.answerHandshake()
            do throws(RedisTestingError) {
                while true {
                    for name in command.dropFirst() {
                        let name = String(decoding: name, as: UTF8.self)
                        try connection.send(
                            ">3\r\n$9\r\nsubscribe\r\n$\(name.utf8.count)\r\n\(name)\r\n:\(text)\r\n"
                        )
                    }
                    command = try connection.readCommand()
                }
            } catch { if error.code != .connectionClosed { throw error } }
        } client: { url in
            var configuration = try scripted(url)
            // Its channel is counted by the server, and not told of.
            configuration.deliveryProbe = RedisDeliveryProbe(interval: .seconds(60))
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("a")
            let results = try await pubsub.subscribe(.channel, ["b"])
            #expect(results.map(\.count) == [count])
            await pubsub.close()
        }
    }

    @Test("in the reply to PUBLISH are none that its page promises", arguments: ["-1", "-9223372036854775808"])
    func receivers(_ text: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake()
            try connection.send(":\(text)\r\n")
            try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(scripted(url))
            let error = await #expect(throws: RedisError.self) { try await client.publish("c", "m") }
            #expect(error?.code == .unexpectedReply)
            await client.close()
        }
    }

    @Test("in the replies to NUMSUB and NUMPAT count as none, or as the most there can be")
    func subscribers() async throws {
        try await withScriptedServer { connection in
            let command = try connection.answerHandshake()
            #expect(command.count == 5)
            try connection.send(
                "*6\r\n$1\r\na\r\n:-9223372036854775808\r\n$1\r\nb\r\n:9223372036854775807\r\n$1\r\nc\r\n$2\r\nxx\r\n"
            )
            try connection.expectCommand("PUBSUB", "NUMPAT")
            try connection.send(":-9223372036854775808\r\n")
            try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(scripted(url))
            #expect(try await client.pubsubNumSub("a", "b", "c").map(\.subscribers) == [0, 1 << 56, 0])
            #expect(try await client.pubsubNumPat() == 0)
            await client.close()
        }
    }
}
