import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Ends of every kind: nothing may hang, and nothing may be left behind. One at a time, because they count what the
/// whole process holds.
@Suite("Lives end cleanly", .tags(.server, .timing), .serialized, .timeLimit(.minutes(3)))
struct LifeTests {
    /// Runs `body` many times and checks that the last half left nothing behind.
    private func leavesNothing(rounds: Int = 20, _ body: () async throws -> Void) async throws {
        for _ in 0..<rounds / 2 { try await body() }
        let descriptors = ResourceCount.openFileDescriptors()
        for _ in 0..<rounds / 2 { try await body() }
        #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
    }

    @Test("stop from inside a handler ends the thread and closes the link")
    func stopInHandler() async throws {
        try await withRedisServer { server in
            try await leavesNothing {
                let pubsub = try PubSub(server.configuration())
                let thread = Locked<RedisListenerThread?>(nil)
                let handled = Collector()
                try await pubsub.subscribe("foo") { message in
                    handled.add("\(message.payload)")
                    thread.withLock { $0 }?.stop()
                    // A thread cannot wait for itself; that is answered, not deadlocked.
                    handled.add("\((try? thread.withLock { $0 }?.join()) ?? true)")
                }
                let listener = try pubsub.runInThread(name: "orders")
                thread.withLock { $0 = listener }
                #expect(listener.isAlive)
                try server.publish("foo", "1")
                #expect(try joinOffPool(listener))
                #expect(handled.all == ["1", "false"])
                #expect(!listener.isAlive)
                #expect(try await eventually { try server.publish("foo", "2") == 0 })
                thread.withLock { $0 = nil }
            }
        }
    }

    @Test("stop ends an idle thread at once")
    func stopIdle() async throws {
        try await withRedisServer { server in
            let threads = ResourceCount.threads()
            try await leavesNothing {
                let pubsub = try PubSub(server.configuration())
                try await pubsub.subscribe("foo") { _ in }
                let listener = try pubsub.runInThread()
                let start = ContinuousClock.now
                listener.stop()
                #expect(try joinOffPool(listener))
                #expect(start.duration(to: .now) < .seconds(2))
            }
            #expect(try await eventually(within: .seconds(20)) { ResourceCount.threads() <= threads })
        }
    }

    @Test("a thread refuses names without a handler, at its start and later")
    func handlersRequired() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("bare")
            let error = #expect(throws: RedisError.self) { try pubsub.runInThread() }
            #expect(error?.code == .handlerMissing)
            try await pubsub.subscribe("bare") { _ in }
            let listener = try pubsub.runInThread()
            let later = await #expect(throws: RedisError.self) { try await pubsub.psubscribe("other*") }
            #expect(later?.code == .handlerMissing)
            listener.stop()
            #expect(try joinOffPool(listener))
        }
    }

    @Test("without an exception handler the error ends the thread and join throws it")
    func uncaught() async throws {
        struct Trouble: Error {}
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let seen = Collector()
            try await pubsub.subscribe("foo") { message in
                if message.text == "1" { throw Trouble() }
                seen.add("\(message.payload)")
            }
            let listener = try pubsub.runInThread()
            try server.publish("foo", "1")
            #expect(throws: Trouble.self) { try joinOffPool(listener) }
            // The object is as it was, and another thread goes on.
            try server.publish("foo", "2")
            let next = try pubsub.runInThread()
            #expect(try await eventually { seen.all == ["2"] })
            next.stop()
            #expect(try joinOffPool(next))
            guard case .closed = try await pubsub.getMessage() else { return #expect(Bool(false)) }
        }
    }

    @Test("an exception handler gets what a handler threw, and the thread goes on")
    func caught() async throws {
        struct Trouble: Error {}
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let seen = Collector()
            try await pubsub.subscribe("foo") { message in
                seen.add("\(message.payload)")
                throw Trouble()
            }
            let listener = try pubsub.runInThread { error, _, thread in
                seen.add("\(type(of: error))")
                if seen.all.count == 4 { thread.stop() }
            }
            try server.publish("foo", "1")
            try server.publish("foo", "2")
            #expect(try joinOffPool(listener))
            #expect(seen.all == ["1", "Trouble", "2", "Trouble"])
        }
    }

    @Test("a blocking loop gives events and handler errors, and ends with the last subscription")
    func listen() async throws {
        struct Trouble: Error {}
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let seen = Collector()
            try await pubsub.subscribe("foo") { message in
                seen.add("handler \(message.payload)")
                if message.text == "bad" { throw Trouble() }
            }
            try await pubsub.subscribe("bar")
            let thread = try PlainThread.start(name: "listening") {
                for event in pubsub.listen() {
                    seen.add(words(event))
                    // A thread may use the blocking forms on the same object.
                    if words(event) == "message bar stop" { _ = try? pubsub.blocking.unsubscribe() }
                }
            }
            try server.publish("foo", "good")
            try server.publish("foo", "bad")
            try server.publish("bar", "stop")
            #expect(try await eventually { thread.hasEnded })
            #expect(
                seen.all == [
                    "subscribed foo 1", "subscribed bar 2", "handler good", "handler bad", "handler failed",
                    "message bar stop", "unsubscribed foo 1", "unsubscribed bar 0",
                ]
            )
            await pubsub.close()
        }
    }

    @Test("a blocking loop on nothing ends at once")
    func listenToNothing() throws {
        let pubsub = try PubSub("redis://127.0.0.1:1")
        #expect(Array(pubsub.listen()).isEmpty)
    }

    @Test("close during the connect, the handshake, the wait and the service leaves nothing")
    func closeAnywhere() async throws {
        try await withScriptedServer(timeout: .seconds(20)) { connection in
            // Takes the connection and never answers.
            _ = try connection.waitForClose()
        } client: { url in
            try await leavesNothing {
                let pubsub = try PubSub(url)
                let subscribing = Task { try await pubsub.subscribe("foo") }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...5)))
                await pubsub.close()
                let error = await #expect(throws: RedisError.self) { try await subscribing.joined }
                #expect(error?.code == .closed)
                await pubsub.close()
            }
        }
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.initialPatience = .seconds(60)
            configuration.reconnect.minimumDelay = .seconds(5)
            try await leavesNothing {
                let pubsub = try PubSub(configuration)
                try await pubsub.subscribe("foo")
                let reading = Task { try await pubsub.getMessage(timeout: nil, ignoreSubscribeMessages: true) }
                try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                guard case .event(.link) = try await reading.joined else { return #expect(Bool(false)) }
                let waiting = Task { try await pubsub.subscribe("bar") }
                await pubsub.close()
                let error = await #expect(throws: RedisError.self) { try await waiting.joined }
                #expect(error?.code == .closed)
            }
        }
    }

    @Test("cancellation at each await returns at once and leaves the object usable")
    func cancelEverywhere() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            let waits: [@Sendable () async throws -> Void] = [
                { try await pubsub.subscribe("bar") },
                { try await pubsub.unsubscribe("bar") },
                { try await pubsub.ping() },
                { _ = try await pubsub.getMessage(timeout: nil) },
                { for try await _ in pubsub.events {} },
                { _ = await pubsub.drain(deadline: .seconds(60)) },
            ]
            for (index, wait) in waits.dropLast().enumerated() {
                try server.pause()
                let task = Task { try await wait() }
                task.cancel()
                let result = await task.joinedResult
                if case .failure(let error) = result { #expect((error as? RedisError)?.code == .cancelled, "\(index)") }
                try server.resume()
            }
            #expect(try await eventually { try server.publish("foo", "x") == 1 })
            #expect(try await pubsub.take(1) == ["message foo x"])
            let draining = Task { try await waits[5]() }
            draining.cancel()
            try await draining.joined
        }
    }

    @Test("cancellation ends a reader under a flood")
    func cancelUnderFlood() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), buffer: RedisBufferLimit(events: 1000))
            let handled = Collector()
            try await pubsub.subscribe(
                "foo",
                handler: .awaiting { message in
                    handled.add("\(message.payload)")
                    await Task.yield()
                }
            )
            let client = try RedisClient(server.configuration())
            let flood = Task {
                while !Task.isCancelled {
                    await withTaskGroup(of: Void.self) { group in
                        for _ in 0..<100 { group.addTask { _ = try? await client.publish("foo", "x") } }
                    }
                }
            }
            let running = Task { try await pubsub.run() }
            #expect(try await eventually { handled.all.count > 500 })
            running.cancel()
            try await running.joined
            flood.cancel()
            await flood.joined
            await client.close()
        }
    }

    @Test("a blocking call inside an inline handler is refused, not deadlocked")
    func blockingInline() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let monitor = try Monitor(server.configuration())
            let listener = try monitor.runInThread()
            let seen = Collector()
            try await pubsub.subscribe(
                "foo",
                handler: .inline { [unowned pubsub] _ in
                    let attempts: [() throws -> Void] = [
                        { _ = try pubsub.runInThread() }, { _ = try pubsub.blocking.subscribe("bar") },
                        { _ = try pubsub.blocking.getMessage() }, { _ = try pubsub.blocking.ping() },
                        { try monitor.blocking.start() }, { try listener.join(timeout: .milliseconds(1)) },
                    ]
                    for attempt in attempts {
                        do { try attempt() } catch { seen.add("\((error as? RedisError)?.code.description ?? "?")") }
                    }
                    pubsub.blocking.close()
                }
            )
            try server.publish("foo", "x")
            #expect(try await eventually { seen.all.count == 6 })
            #expect(Set(seen.all) == ["invalidCommand"])
            #expect(try await eventually { try server.publish("foo", "x") == 0 })
            await monitor.close()
            #expect(try joinOffPool(listener))
        }
    }

    @Test("letting go of an object closes its link")
    func letGo() async throws {
        try await withRedisServer { server in
            try await leavesNothing {
                try await PubSub(server.configuration()).subscribe("foo")
                try await Monitor(server.configuration()).start()
                _ = try await RedisClient(server.configuration()).ping()
            }
            #expect(try await eventually { try server.publish("foo", "x") == 0 })
            #expect(
                try await eventually { try server.command("INFO", "clients").contains("connected_clients:1\r\n") }
            )
        }
    }

    @Test("many reconnects leave no descriptor and no thread")
    func manyReconnects() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.minimumDelay = .milliseconds(1)
            configuration.reconnect.maximumDelay = .milliseconds(1)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            func reconnect() async throws {
                await pubsub.cut()
                #expect(try await pubsub.take(3) == ["lost", "restored", "gap"])
            }
            for _ in 0..<5 { try await reconnect() }
            let descriptors = ResourceCount.openFileDescriptors()
            let threads = ResourceCount.threads()
            for _ in 0..<100 { try await reconnect() }
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
            #expect(try await eventually(within: .seconds(20)) { ResourceCount.threads() <= threads })
            await pubsub.close()
        }
    }

    @Test("a loop of one's own ends after its last job, and runs a late one all the same")
    func ownLoop() async throws {
        try await withRedisServer { server in
            try await leavesNothing(rounds: 6) {
                let loop = try RedisEventLoop(name: "own")
                let pubsub = try PubSub(server.configuration(), loop: loop)
                try await pubsub.subscribe("foo")
                try server.publish("foo", "1")
                #expect(try await pubsub.take(2) == ["subscribed foo 1", "message foo 1"])
                await pubsub.close()
                await loop.shutdown()
                #expect(await pubsub.states().isEmpty)
            }
        }
    }
}
