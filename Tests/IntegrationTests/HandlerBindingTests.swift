import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Whoever is the handler of a name when a message is read gets it, whatever was when the message came.
@Suite("A message goes to the handler of the moment", .tags(.server), .timeLimit(.minutes(2)))
struct HandlerBindingTests {
    /// How the messages that wait are read once their handlers are there.
    enum Reader: String, CaseIterable, Sendable {
        case run, thread, getMessage, events, batches, listen

        func read(_ pubsub: PubSub, until isDone: @escaping @Sendable () -> Bool) async throws {
            switch self {
            case .run:
                let task = Task { try await pubsub.run() }
                #expect(try await eventually { isDone() })
                task.cancel()
                try await task.joined
            case .thread:
                let thread = try pubsub.runInThread()
                #expect(try await eventually { isDone() })
                thread.stop()
                #expect(try joinOffPool(thread))
            case .getMessage:
                #expect(
                    try await eventually {
                        _ = try await pubsub.getMessage()
                        return isDone()
                    }
                )
            case .events:
                let task = Task { for try await _ in pubsub.events {} }
                #expect(try await eventually { isDone() })
                task.cancel()
                try await task.joined
            case .batches:
                let task = Task { for try await _ in pubsub.batches {} }
                #expect(try await eventually { isDone() })
                task.cancel()
                try await task.joined
            case .listen:
                let thread = try PlainThread.start(name: "listen") { for _ in pubsub.listen() {} }
                // A confirmation stands behind the messages, and what waits when the object is closed is dropped.
                #expect(try await eventually { isDone() && pubsub.statistics.queuedEvents == 0 })
                await pubsub.close()
                #expect(thread.join(until: .now + .seconds(20)))
            }
        }
    }

    /// A subscription to `foo` that has messages of before, and one of another channel between them.
    private func withWaitingMessages(
        handler: PubSub.Handler?,
        _ body: (RedisServer, PubSub) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo", handler: handler)
            try await pubsub.subscribe("bar", handler: .calling { _ in })
            for text in ["1", "2"] { try server.publish("foo", RedisBytes(text)) }
            try server.publish("bar", "x")
            try server.publish("foo", "3")
            #expect(try await eventually { pubsub.statistics.queuedEvents == 6 })
            try await body(server, pubsub)
            await pubsub.close()
        }
    }

    @Test("when the name had none", arguments: Reader.allCases)
    func noneBefore(_ reader: Reader) async throws {
        try await withWaitingMessages(handler: nil) { _, pubsub in
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            // The confirmation is told to the caller before it is queued.
            #expect(try await eventually { pubsub.statistics.queuedEvents == 7 })
            try await reader.read(pubsub) { handled.all.count == 3 }
            #expect(handled.all == ["1", "2", "3"])
            #expect(pubsub.statistics.droppedEvents == 0)
        }
    }

    @Test("when it was replaced", arguments: Reader.allCases)
    func replaced(_ reader: Reader) async throws {
        try await withWaitingMessages(handler: .calling { _ in Issue.record("the old handler was called") }) {
            _,
            pubsub in
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            try await reader.read(pubsub) { handled.all.count == 3 }
            #expect(handled.all == ["1", "2", "3"])
        }
    }

    @Test("when a reader is in the middle of what came in one read")
    func halfRead() async throws {
        try await withWaitingMessages(handler: nil) { _, pubsub in
            var found: [String] = []
            for try await event in pubsub.events {
                found.append(words(event))
                break
            }
            #expect(found == ["message foo 1"])
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            try await Reader.run.read(pubsub) { handled.all.count == 2 }
            #expect(handled.all == ["2", "3"])
        }
    }

    @Test("when the name was given up and taken again in between")
    func takenAgain() async throws {
        try await withWaitingMessages(handler: .calling { _ in Issue.record("the old handler was called") }) {
            _,
            pubsub in
            try await pubsub.unsubscribe("foo")
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            try await Reader.run.read(pubsub) { handled.all.count == 3 }
            #expect(handled.all == ["1", "2", "3"])
        }
    }

    @Test("or to the stream, when the name was given up and taken again without one")
    func takenAgainWithout() async throws {
        try await withWaitingMessages(handler: .calling { _ in Issue.record("the old handler was called") }) {
            _,
            pubsub in
            try await pubsub.unsubscribe("foo")
            try await pubsub.subscribe("foo")
            #expect(try await pubsub.take(4) == ["message foo 1", "message foo 2", "handled", "message foo 3"])
        }
    }

    @Test("also when a reader of another node has put it aside", arguments: [true, false])
    func putAside(hasHandler: Bool) async throws {
        let old = PubSub.Handler.calling { _ in Issue.record("the old handler was called") }
        try await withWaitingMessages(handler: hasHandler ? old : nil) { _, pubsub in
            guard case .nothing = try await pubsub.getShardedMessage(node: .tcp(host: "192.0.2.1", port: 1)) else {
                return #expect(Bool(false))
            }
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            try await Reader.run.read(pubsub) { handled.all.count == 3 }
            #expect(handled.all == ["1", "2", "3"])
        }
    }

    @Test("of a pattern and of a shard channel as well")
    func otherKinds() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.psubscribe("f*")
            try await pubsub.ssubscribe("foo")
            try server.publish("foo", "1")
            _ = try server.command("SPUBLISH", "foo", "2")
            #expect(try await eventually { pubsub.statistics.queuedEvents == 4 })
            let handled = Collector()
            try await pubsub.psubscribe("f*") { handled.add("pattern \($0.payload)") }
            try await pubsub.ssubscribe("foo") { handled.add("shard \($0.payload)") }
            try await Reader.run.read(pubsub) { handled.all.count == 2 }
            #expect(handled.all == ["pattern 1", "shard 2"])
            await pubsub.close()
        }
    }

    @Test(
        "and where nobody is, whoever reads with handlers only is given it, or it counts as dropped",
        arguments: [true, false]
    )
    func nobody(isHeard: Bool) async throws {
        try await withWaitingMessages(handler: nil) { server, pubsub in
            try await pubsub.unsubscribe("foo")
            let heard = Collector()
            let thread =
                if isHeard {
                    try pubsub.runInThread(onEvent: { (event: PubSub.Event) in heard.add(words(event)) })
                } else {
                    try pubsub.runInThread()
                }
            #expect(try await eventually { pubsub.statistics.queuedEvents == 0 })
            // The last is taken before it is told.
            let expected = isHeard ? ["message foo 1", "message foo 2", "message foo 3"] : []
            #expect(try await eventually { heard.all == expected })
            #expect(try await eventually { pubsub.statistics.droppedEvents == (isHeard ? 0 : 3) })
            #expect(pubsub.statistics.droppedBytes == (isHeard ? 0 : 12))
            thread.stop()
            #expect(try joinOffPool(thread))
        }
    }

    @Test("each name of one call its own")
    func several() async throws {
        try await withRedisServer { server in
            let handled = Collector()
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe([
                "a": .calling { handled.add("first \($0.payload)") },
                "b": .awaiting { handled.add("second \($0.payload)") },
            ])
            try server.publish("b", "1")
            try server.publish("a", "2")
            try await Reader.run.read(pubsub) { handled.all.count == 2 }
            #expect(handled.all == ["second 1", "first 2"])
            await pubsub.close()
        }
    }
}
