import RedisEvents
import RedisTesting
import Testing

/// The corners of a change of links that a real server cannot be asked for.
@Suite("A link that takes over", .timeLimit(.minutes(1)))
struct HandoverScriptTests {
    private static func message(_ payload: String) -> String {
        "*3\r\n$7\r\nmessage\r\n$3\r\nfoo\r\n$\(payload.utf8.count)\r\n\(payload)\r\n"
    }

    private static let pong = "*2\r\n$4\r\npong\r\n$0\r\n\r\n"
    private static let confirmation = "*3\r\n$9\r\nsubscribe\r\n$3\r\nfoo\r\n:1\r\n"

    private static func configuration(_ url: String, _ feed: CredentialsFeed) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.protocolVersion = .resp2
        configuration.credentials = feed
        configuration.heartbeat = nil
        configuration.lossBoundInterval = nil
        return configuration
    }

    private static func beginSubscribed(_ connection: ScriptedConnection) throws {
        #expect(try connection.answerHandshake() == ["SUBSCRIBE", "foo"].map { Array($0.utf8) })
    }

    @Test("does not repeat what its predecessor was ahead by")
    func ahead() async throws {
        let firstIsClosed = Answer<Void>()
        try await withScriptedServer { connection in
            try Self.beginSubscribed(connection)
            if connection.index == 0 {
                try connection.send(Self.confirmation)
                try connection.expectCommand("PING")
                try connection.send(Self.pong)
                try connection.expectCommand("PING")
                try connection.send((1...5).map { Self.message("\($0)") }.joined() + Self.pong)
                defer { firstIsClosed.give(.success(())) }
                _ = try connection.waitForClose()
            } else {
                try connection.send(Self.confirmation + Self.message("2"))
                try firstIsClosed.waitBlocking(until: .now.advanced(by: .seconds(20)))
                try connection.send((3...7).map { Self.message("\($0)") }.joined())
                _ = try connection.waitForClose()
            }
        } client: { url in
            let feed = CredentialsFeed(RedisCredentials(username: "u", password: "one"))
            let pubsub = try PubSub(Self.configuration(url, feed), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            feed.send(RedisCredentials(username: "u", password: "two"))
            let seen = try await pubsub.take(7)
            #expect(seen == (1...7).map { "message foo \($0)" })
            await pubsub.close()
        }
    }

    @Test("leaves a gap record when the messages are too much alike, and repeats none")
    func unproven() async throws {
        let firstIsClosed = Answer<Void>()
        try await withScriptedServer { connection in
            try Self.beginSubscribed(connection)
            try connection.send(Self.confirmation)
            if connection.index == 0 {
                try connection.expectCommand("PING")
                try connection.send(Self.pong)
                // Another message that says the same before each answer, for as long as it is asked.
                while (try? connection.readCommand()) != nil { try connection.send(Self.message("same") + Self.pong) }
                firstIsClosed.give(.success(()))
            } else {
                while true {
                    do { _ = try connection.readCommand() } catch { break }
                    try connection.send(Self.message("same") + Self.pong)
                    if (try? firstIsClosed.waitBlocking(until: .now)) != nil { break }
                }
            }
        } client: { url in
            let feed = CredentialsFeed(RedisCredentials(username: "u", password: "one"))
            var configuration = try Self.configuration(url, feed)
            configuration.heartbeatTimeout = .milliseconds(100)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            feed.send(RedisCredentials(username: "u", password: "two"))
            while true {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else {
                    return #expect(Bool(false))
                }
                if case .gap(let gap) = event {
                    #expect(gap.isComplete)
                    #expect(gap.cause.description.hasPrefix("changed links for new credentials"))
                    break
                }
                #expect(words(event) == "message foo same")
            }
            await pubsub.close()
        }
    }

    @Test("is given up when the first link ends meanwhile, and what was asked for meanwhile is done on the next")
    func firstLinkEnds() async throws {
        let secondIsReady = Answer<Void>()
        try await withScriptedServer { connection in
            switch connection.index {
            case 0:
                try Self.beginSubscribed(connection)
                try connection.send(Self.confirmation)
                // The question goes unanswered, so that the names must not change from here on.
                try connection.expectCommand("PING")
                secondIsReady.give(.success(()))
                connection.closeGracefully()
                _ = try connection.waitForClose()
            case 1:
                while (try? connection.readCommand()) != nil { try connection.send("+OK\r\n") }
            default:
                let command = try connection.answerHandshake().map { String(decoding: $0, as: UTF8.self) }
                #expect(command.first == "SUBSCRIBE" && command.contains("foo"))
                for name in command.dropFirst() {
                    try connection.send("*3\r\n$9\r\nsubscribe\r\n$3\r\n\(name)\r\n:1\r\n")
                }
                if command.count < 3 {
                    try connection.expectCommand("SUBSCRIBE", "bar")
                    try connection.send("*3\r\n$9\r\nsubscribe\r\n$3\r\nbar\r\n:2\r\n")
                }
                _ = try connection.waitForClose()
            }
        } client: { url in
            let feed = CredentialsFeed(RedisCredentials(username: "u", password: "one"))
            let pubsub = try PubSub(Self.configuration(url, feed), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            feed.send(RedisCredentials(username: "u", password: "two"))
            try await secondIsReady.value()
            #expect(try await pubsub.subscribe("bar").map(\.name) == ["bar"])
            #expect(try await pubsub.take(3, skipping: ["retrying"]) == ["lost", "restored", "gap"])
            await pubsub.close()
        }
    }
}
