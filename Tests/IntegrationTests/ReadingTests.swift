import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Reading from a real server", .tags(.server), .timeLimit(.minutes(2)))
struct ReadingTests {
    struct Trouble: Error, Equatable { var number: Int }

    @Test("tells nothing, handled, an event and closed apart")
    func outcomes() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("with") { handled.add("\($0.channel) \($0.text ?? "")") }
            try await pubsub.subscribe("without")
            guard case .nothing = try await pubsub.getMessage(timeout: .milliseconds(20)) else {
                return #expect(Bool(false))
            }
            try server.publish("with", "1")
            guard case .handled = try await pubsub.getMessage(timeout: .seconds(10)) else {
                return #expect(Bool(false))
            }
            #expect(handled.all == ["with 1"])
            try server.publish("without", "2")
            guard case .event(.message) = try await pubsub.getMessage(timeout: .seconds(10)) else {
                return #expect(Bool(false))
            }
            await pubsub.close()
            guard case .closed = try await pubsub.getMessage(timeout: .seconds(10)) else { return #expect(Bool(false)) }
        }
    }

    @Test("the timeout is a deadline for all of it, whatever is left out meanwhile")
    func totalDeadline() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let reading = Task {
                let start = ContinuousClock.now
                let outcome = try await pubsub.getMessage(timeout: .milliseconds(300), ignoreSubscribeMessages: true)
                return (outcome, start.duration(to: .now))
            }
            // Confirmations that come during the wait do not end it.
            try await pubsub.subscribe("a", "b", "c")
            let (outcome, duration) = try await reading.joined
            guard case .nothing = outcome else { return #expect(Bool(false)) }
            #expect(duration >= .milliseconds(300))
            #expect(duration < .seconds(5))
            await pubsub.close()
        }
    }

    @Test("may begin before the first subscribe")
    func readFirst() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let reading = Task { try await pubsub.take(1) }
            try await pubsub.subscribe("foo")
            #expect(try await reading.joined == ["subscribed foo 1"])
            await pubsub.close()
        }
    }

    @Test("without a timeout waits until something comes")
    func noTimeout() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            let reading = Task { try await pubsub.getMessage(timeout: nil).message?.text }
            try server.publish("foo", "at last")
            #expect(try await reading.joined == "at last")
            await pubsub.close()
        }
    }

    @Test("a message of 8 MiB that comes in pieces arrives while the reader only looks")
    func slowLargeMessage() async throws {
        let size = 8 << 20
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            let payload = [UInt8](repeating: UInt8(ascii: "x"), count: size)
            let frame = Array(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$\(size)\r\n".utf8) + payload + Array("\r\n".utf8)
            try connection.sendSlowly(frame, inPiecesOf: 1 << 20, pause: .milliseconds(50))
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(url, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            var received: PubSub.Message?
            _ = try await eventually(within: .seconds(30)) {
                received = try await pubsub.getMessage(timeout: .zero).message
                return received != nil
            }
            #expect(received?.payload.count == size)
            #expect(received?.payload.allSatisfy { $0 == UInt8(ascii: "x") } == true)
            await pubsub.close()
        }
    }

    @Test("gives what a handler threw to the reader, and goes on behind it")
    func throwingHandler() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo") { message in
                if message.text == "bad" { throw Trouble(number: 7) }
                handled.add(message.text ?? "")
            }
            for text in ["1", "bad", "2"] { try server.publish("foo", RedisBytes(text)) }
            #expect(try await pubsub.take(1) == ["handled"])
            let error = await #expect(throws: RedisError.self) { try await pubsub.getMessage(timeout: .seconds(10)) }
            #expect(error?.code == .handlerFailed)
            #expect(error?.underlyingError as? Trouble == Trouble(number: 7))
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(handled.all == ["1", "2"])
            await pubsub.close()
        }
    }

    @Test("awaits a handler that suspends before the next message")
    func awaitingHandler() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe(
                "foo",
                handler: .awaiting { message in
                    handled.add("begin \(message.payload)")
                    for _ in 0..<100 { await Task.yield() }
                    handled.add("end \(message.payload)")
                }
            )
            try server.publish("foo", "1")
            try server.publish("foo", "2")
            #expect(try await pubsub.take(2) == ["handled", "handled"])
            #expect(handled.all == ["begin 1", "end 1", "begin 2", "end 2"])
            await pubsub.close()
        }
    }

    @Test("calls inline handlers on the loop, without a reader")
    func inlineHandler() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.psubscribe(
                "f*",
                handler: .inline { view in
                    let message = PubSub.Message(view)
                    handled.add("\(message.pattern ?? "") \(message.channel) \(message.payload)")
                }
            )
            try server.publish("foo", "1")
            try server.publish("fox", "2")
            #expect(try await eventually { handled.all == ["f* foo 1", "f* fox 2"] })
            #expect(try await pubsub.take(1, within: .milliseconds(20)) == ["nothing"])
            await pubsub.close()
        }
    }

    @Test("a new handler replaces the old one, and none sends messages to the stream", arguments: bothProtocols)
    func replacedHandler(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo") { _ in handled.add("old") }
            try await pubsub.subscribe("foo") { _ in handled.add("new") }
            try server.publish("foo", "1")
            #expect(try await pubsub.take(1) == ["handled"])
            try await pubsub.subscribe("foo")
            try server.publish("foo", "2")
            #expect(try await pubsub.take(1) == ["message foo 2"])
            #expect(handled.all == ["new"])
            await pubsub.close()
        }
    }

    @Test("messages that came before the unsubscribe was confirmed go to the handler")
    func lateMessages() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe(RedisBytes([0xff, 0])) { handled.add("\($0.payload)") }
            try server.publish(RedisBytes([0xff, 0]), "1")
            try await pubsub.unsubscribe(RedisBytes([0xff, 0]))
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(try await pubsub.take(1, within: .milliseconds(100)) == ["nothing"])
            #expect(handled.all == ["1"])
            await pubsub.close()
        }
    }

    @Test("by `for await` gives events in order, and a new loop goes on where the last one left")
    func events() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("foo")
            for index in 0..<5 { try server.publish("foo", RedisBytes("\(index)")) }
            var found: [String] = []
            for try await event in pubsub.events {
                found.append(words(event))
                if found.count == 3 { break }
            }
            for try await event in pubsub.events {
                found.append(words(event))
                if found.count == 6 { break }
            }
            #expect(found == ["subscribed foo 1"] + (0..<5).map { "message foo \($0)" })
            let waiting = Task {
                for try await _ in pubsub.events {}
                return true
            }
            await pubsub.close()
            #expect(try await waiting.joined)
        }
    }

    @Test("when it is cancelled loses no message")
    func cancelledRead() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            let reading = Task { try await pubsub.getMessage(timeout: nil) }
            reading.cancel()
            let error = await #expect(throws: RedisError.self) { try await reading.joined }
            #expect(error?.code == .cancelled)
            try server.publish("foo", "still here")
            #expect(try await pubsub.take(1) == ["message foo still here"])
            await pubsub.close()
        }
    }

    @Test("by run takes handlers only, and leaves the object open when its task is cancelled")
    func run() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("bare")
            let missing = await #expect(throws: RedisError.self) { try await pubsub.run() }
            #expect(missing?.code == .handlerMissing)
            try await pubsub.subscribe("bare") { handled.add("\($0.payload)") }
            let running = Task { try await pubsub.run { handled.add(words($0)) } }
            try server.publish("bare", "1")
            #expect(try await eventually { handled.all.contains("1") })
            let refused = await #expect(throws: RedisError.self) { try await pubsub.subscribe("other") }
            #expect(refused?.code == .handlerMissing)
            running.cancel()
            try await running.joined
            #expect(handled.all == ["subscribed bare 1", "subscribed bare 1", "1"])
            try server.publish("bare", "2")
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(handled.all.last == "2")
            await pubsub.close()
            let closed = await #expect(throws: RedisError.self) { try await pubsub.run() }
            #expect(closed?.code == .closed)
        }
    }

    @Test("a slow reader loses the oldest, told in their place, and memory stays bounded")
    func slowReader() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(
                server.configuration(),
                buffer: RedisBufferLimit(events: 100),
                ignoreSubscribeMessages: true
            )
            try await pubsub.subscribe("foo")
            let client = try RedisClient(server.configuration())
            for index in 0..<1000 { try await client.publish("foo", RedisBytes("\(index)")) }
            #expect(try await eventually { pubsub.statistics.droppedEvents + pubsub.statistics.queuedEvents == 1001 })
            let dropped = pubsub.statistics.droppedEvents
            // The confirmation is one of the events that were dropped.
            #expect(dropped == 901)
            let found = try await pubsub.take(101)
            #expect(found == ["drop 901"] + (900..<1000).map { "message foo \($0)" })
            #expect(pubsub.statistics.highWaterEvents >= 100)
            await client.close()
            await pubsub.close()
        }
    }

    @Test("drain lets the reader take what is queued, then closes")
    func drain() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            for index in 0..<10 { try server.publish("foo", RedisBytes("\(index)")) }
            #expect(try await eventually { pubsub.statistics.queuedEvents == 11 })
            let draining = Task { await pubsub.drain(deadline: .seconds(20)) }
            #expect(try await pubsub.take(11) == (0..<10).map { "message foo \($0)" } + ["closed"])
            #expect(await draining.joined)
            #expect(try await eventually { try server.publish("foo", "x") == 0 })
            let unread = try PubSub(server.configuration())
            try await unread.subscribe("foo")
            #expect(await unread.drain(deadline: .milliseconds(30)) == false)
        }
    }

    @Test("drain lets handlers take what is queued, and lets go of them then")
    func drainHandlers() async throws {
        try await withRedisServer { server in
            let taken = Collector()
            weak var held: Collector?
            let pubsub = try PubSub(server.configuration())
            do {
                let own = Collector()
                held = own
                try await pubsub.subscribe("foo") { message in
                    own.add("\(message.payload)")
                    taken.add("\(message.payload)")
                }
            }
            for index in 0..<10 { try server.publish("foo", RedisBytes("\(index)")) }
            #expect(try await eventually { pubsub.statistics.queuedEvents == 11 })
            let draining = Task { await pubsub.drain(deadline: .seconds(20)) }
            // The link has ended before anybody reads.
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "foo").hasSuffix("0") })
            try await pubsub.run()
            #expect(await draining.joined)
            #expect(taken.all == (0..<10).map { "\($0)" })
            #expect(pubsub.statistics.droppedEvents == 0)
            #expect(held == nil)
        }
    }
}
