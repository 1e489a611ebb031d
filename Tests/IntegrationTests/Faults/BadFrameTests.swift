import RedisCommands
import RedisEvents
import RedisRESP
import RedisTesting
import TestSupport
import Testing

/// Bytes that are torn, changed, too many or out of place. Required: a typed
/// protocol error, a reconnect and a gap record; an unknown push is an ordinary event; never a crash.
///
/// Asserted elsewhere: unknown types, wrong lengths, replies out of place (`ReconnectTests.garbage`), short and odd
/// pushes, which are passed on (`oddPushes`, `SubscriptionTests.unknownPush`).
@Suite("Torn, changed and oversized frames", .tags(.server), .timeLimit(.minutes(3)))
struct BadFrameTests {
    @Test(
        "torn at each byte, a message is lost as a whole, with a gap in its place",
        arguments: bothProtocols,
        [Fault.Cut.finish, .reset]
    )
    func torn(_ version: RedisConfiguration.ProtocolVersion, _ cut: Fault.Cut) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(proxy.quietConfiguration(version), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("foo")
                let length = 37
                for count in 0..<length {
                    // Beyond the first byte the cut is not reached before the message.
                    if count > 0 {
                        proxy.apply(.cutAfter(bytes: count, .toClient, cut), to: .open)
                    } else {
                        proxy.cutAll(cut)
                    }
                    try server.publish("foo", "hello")
                    let cause = try #require(try await pubsub.nextLoss(), "torn at \(count)")
                    // A cut in the middle of a frame looks like a server whose buffer for us was full.
                    let possible: [RedisDisconnect.Reason] = [
                        .outputBufferLimit, cut == .reset ? .systemError : .endOfStream,
                    ]
                    #expect(possible.contains(cause.reason), "torn at \(count)")
                    let end = count > 0 ? " in the middle of a frame" : ""
                    let seen = cut == .reset ? "Connection reset by peer" : "the server closed the connection\(end)"
                    #expect(cause.observation == seen, "torn at \(count)")
                    #expect(
                        try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"],
                        "torn at \(count)"
                    )
                    try server.publish("foo", RedisBytes("\(count)"))
                    #expect(try await pubsub.take(1) == ["message foo \(count)"])
                }
                // The cut after the last byte tears nothing.
                proxy.apply(.cutAfter(bytes: length, .toClient, cut), to: .open)
                try server.publish("foo", "hello")
                #expect(
                    try await pubsub.take(4, skipping: ["retrying"]) == [
                        "message foo hello", "lost", "restored", "gap",
                    ]
                )
                await pubsub.close()
            }
        }
    }

    /// What a changed byte may come to.
    private enum Outcome: String {
        /// The bytes of a name or a payload are the user's: nobody can know.
        case delivered
        /// The kind of a push is not known, and it is passed on.
        case push
        case lost
    }

    @Test(
        "with any byte changed, a message is lost with a gap, unless the byte was the user's",
        arguments: bothProtocols
    )
    func changed(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(proxy.quietConfiguration(version), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("foo")
                // >3 CRLF $7 CRLF message CRLF $3 CRLF foo CRLF $5 CRLF hello CRLF
                let (kind, channel, payload) = (8..<15, 21..<24, 30..<35)
                for offset in 0..<37 {
                    proxy.apply(.corrupt(.flip(at: [offset], mask: 0x80), .toClient), to: .open)
                    try server.publish("foo", "hello")
                    var expected = Outcome.lost
                    if channel.contains(offset) || payload.contains(offset) { expected = .delivered }
                    if kind.contains(offset), version == .resp3 { expected = .push }
                    let found: Outcome
                    switch try await pubsub.getMessage(timeout: .seconds(10)) {
                    case .event(.message(let message)):
                        found = .delivered
                        #expect((message.channel == "foo") == !channel.contains(offset))
                        #expect((message.payload == "hello") == !payload.contains(offset))
                    case .event(.push): found = .push
                    case .event(.link(.lost(let cause, _))):
                        found = .lost
                        #expect(cause.reason == .protocolViolation, "offset \(offset)")
                        #expect(!cause.description.contains("hello"))
                    default:
                        Issue.record("offset \(offset): something else, or nothing")
                        return
                    }
                    #expect(found == expected, "offset \(offset)")
                    if found == .lost {
                        #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
                    }
                    proxy.resume()
                    try server.publish("foo", "next")
                    #expect(try await pubsub.take(1) == ["message foo next"], "offset \(offset)")
                }
                await pubsub.close()
            }
        }
    }

    @Test("in noise of many changed bits nothing crashes, and good bytes are understood again", arguments: 0..<8)
    func noise(_ seed: UInt64) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try proxy.quietConfiguration(seed % 2 == 0 ? .resp3 : .resp2)
                // A length that has become longer waits for bytes that do not come.
                configuration.heartbeat = .milliseconds(50)
                configuration.heartbeatTimeout = .milliseconds(200)
                configuration.handshakeTimeout = .milliseconds(200)
                let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
                let monitor = try Monitor(configuration)
                try await pubsub.subscribe("foo")
                try await monitor.start()
                proxy.apply(.corrupt(.eachByte(count: 40, seed: seed), .toClient))
                for number in 0..<100 {
                    try server.publish("foo", RedisBytes("message \(number)"))
                    try await Task.sleep(for: .milliseconds(2))
                }
                proxy.resume()
                proxy.cutAll(.reset)
                // Whatever came meanwhile: the end of it is a restored link and what is published then.
                let isBack = try await eventually {
                    try server.publish("foo", "end")
                    while case .event(let event) = try await pubsub.getMessage() {
                        if words(event) == "message foo end" { return true }
                    }
                    return false
                }
                #expect(isBack)
                let isWatching = try await eventually {
                    try server.command("SET", "end", "1")
                    while case .event(let event) = try await monitor.next(timeout: .zero) {
                        if event.command.map({ $0.arguments == ["SET", "end", "1"] }) == true { return true }
                    }
                    return false
                }
                #expect(isWatching)
                await pubsub.close()
                await monitor.close()
            }
        }
    }

    @Test(
        "over the limits, a frame ends the link before it takes memory",
        arguments: [
            (String(repeating: "*1\r\n", count: 9), "nested deeper than 8"),
            (">65\r\n", "more than 64 elements"),
            ("$1025\r\n", "bulk string over 1024 bytes"),
            ("+" + String(repeating: "x", count: 600), "line over 512 bytes"),
            (">3\r\n$1000\r\n" + String(repeating: "x", count: 1000) + "\r\n$1000\r\n", "frame over 2000 bytes"),
        ]
    )
    func overLimit(_ bytes: String, _ words: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            if connection.index == 0 { try connection.send(bytes) }
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try scripted(url)
            configuration.limits = RedisFrameLimits(
                depth: 8,
                elements: 64,
                bulkLength: 1024,
                lineLength: 512,
                frameLength: 2000
            )
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            let cause = try #require(try await pubsub.nextLoss())
            #expect(cause.reason == .frameTooLarge)
            #expect(cause.description.contains(words), "\(cause.description)")
            #expect(try await pubsub.take(2) == ["restored", "gap"])
            await pubsub.close()
        }
    }

    @Test(
        "of negative length, or of none, a frame ends the link",
        arguments: [">-2\r\n", "*-5\r\n", "$-2\r\n", "%-1\r\n", ">\r\n", "$\r\n"]
    )
    func negative(_ bytes: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            if connection.index == 0 { try connection.send(bytes) }
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            #expect(try await pubsub.nextLoss()?.reason == .protocolViolation)
            #expect(try await pubsub.take(2) == ["restored", "gap"])
            await pubsub.close()
        }
    }

    @Test(
        "of a monitor they end the link, with a gap",
        arguments: ["x\r\n", "$5\r\nhello\r\n", "%1\r\n+a\r\n+b\r\n"]
    )
    func monitor(_ bytes: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n")
            try connection.send(connection.index == 0 ? bytes : "+1339518083.107412 [0 lua] \"end\"\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let monitor = try Monitor(scripted(url))
            var seen: [String] = []
            for try await event in monitor.events {
                switch event {
                case .link(.lost(let cause, _)): seen.append("lost \(cause.reason)")
                case .link(.restored): seen.append("restored")
                case .gap: seen.append("gap")
                case .command(let command): seen.append("\(command.name)")
                default: seen.append("else")
                }
                if event.command != nil { break }
            }
            #expect(seen == ["lost protocolViolation", "restored", "gap", "END"])
            await monitor.close()
        }
    }

    @Test("of a client they fail the commands on the wire, and the next goes over a new connection")
    func client() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(connection.index == 0 ? "!bad\r\n" : "+fine\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(scripted(url))
            let error = await #expect(throws: RedisError.self) { try await client.send(["GET", "a"]) }
            #expect(error?.code == .connectionLost)
            #expect(try await client.send(["GET", "a"]) == .simpleString("fine"))
            await client.close()
        }
    }

    @Test("a push inside the array of EXEC shifts no reply")
    func pushInArray() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("*2\r\n:1\r\n>2\r\n+invalidate\r\n*1\r\n$1\r\na\r\n")
            try connection.expectCommand("GET", "a")
            try connection.send(">2\r\n+invalidate\r\n_\r\n+after\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(scripted(url))
            let reply = try await client.send(["EVAL", "script", "0"])
            #expect(reply == .array([.integer(1), .push([.simpleString("invalidate"), .array([.bulkString("a")])])]))
            #expect(try await client.send(["GET", "a"]) == .simpleString("after"))
            await client.close()
        }
    }
}
