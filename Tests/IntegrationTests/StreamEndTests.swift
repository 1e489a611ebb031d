import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Whatever brings events, and however it ends: each way to read tells the error, and `failure` keeps it. To be closed
/// is no error.
@Suite("The end of a stream", .tags(.server), .timeLimit(.minutes(2)))
struct StreamEndTests {
    enum Facade: String, CaseIterable, Sendable {
        case pubsub, subscription, monitor, keys, invalidations
    }

    /// Reads in all ways a source that has ended, or whose start fails, and expects that of each.
    private func expect<Source: RedisEventSource>(_ code: RedisError.Code?, of source: Source) async throws {
        let told = Collector()
        try await onThread { for event in source.listen() { told.add("\(event)") } }
        #expect(source.failure?.code == code)
        guard let code else { return #expect(told.all.filter { $0.hasPrefix("failed") } == []) }
        // It is the last event of the blocking loop, and the only one of its kind.
        #expect(told.all.last == source.failure.map { "failed: \($0)" })
        #expect(told.all.count { $0.hasPrefix("failed") } == 1)
        // It is thrown by all that can throw, each time again.
        for _ in 0..<2 {
            let thrown = await #expect(throws: RedisError.self) { for try await _ in source.events {} }
            #expect(thrown?.code == code)
            let ofBatches = await #expect(throws: RedisError.self) { for try await _ in source.batches {} }
            #expect(ofBatches?.code == code)
            let ofNext = await #expect(throws: RedisError.self) { _ = try await source.next(timeout: .seconds(20)) }
            #expect(ofNext?.code == code)
            let ofRun = await #expect(throws: RedisError.self) { try await source.run(onEvent: { _ in }) }
            #expect(ofRun?.code == code)
        }
        let caught = Collector()
        let listener = try source.runInThread(
            exceptionHandler: { error, _, _ in caught.add("\((error as? RedisError)?.code.description ?? "?")") },
            onEvent: { caught.add("\($0)") }
        )
        #expect(try joinOffPool(listener))
        #expect(caught.all == [code.description])
        #expect(source.failure?.code == code)
    }

    @Test("is why the server refused it", arguments: [Facade.subscription, .monitor, .keys, .invalidations])
    func refused(_ facade: Facade) async throws {
        try await withRedisServer { server in
            let configuration = try server.configuration()
            switch facade {
            case .pubsub: break  // goes on without the name
            case .subscription:
                let pubsub = try PubSub(configuration)
                let subscription = try await pubsub.subscription(to: "foo")
                try server.command("ACL", "SETUSER", "default", "resetchannels")
                // Redis hangs up on who is subscribed to what the user may not have any more.
                #expect(try await eventually { subscription.failure != nil })
                try await expect(.notPermitted, of: subscription)
                await pubsub.close()
            case .monitor:
                try server.command("ACL", "SETUSER", "default", "-monitor")
                let monitor = try Monitor(configuration)
                try await expect(.notPermitted, of: monitor)
                // It may be started again.
                try server.command("ACL", "SETUSER", "default", "+monitor")
                try await monitor.start()
                #expect(monitor.failure == nil)
                await monitor.close()
            case .keys:
                try server.command("ACL", "SETUSER", "default", "resetchannels")
                let keys = try KeyspaceEvents(configuration)
                try await expect(.notPermitted, of: keys)
                await keys.close()
                #expect(keys.failure == nil)
            case .invalidations:
                try server.command("ACL", "SETUSER", "default", "-client|tracking")
                let invalidations = try Invalidations(configuration)
                try await expect(.notPermitted, of: invalidations)
                await invalidations.close()
                #expect(invalidations.failure == nil)
            }
        }
    }

    enum Ending: Sendable {
        case lost, closed, tooSlow, dropped
    }

    @Test("is why its link was lost for good", arguments: Facade.allCases)
    func lost(_ facade: Facade) async throws { try await check(facade, .lost) }

    @Test("is nothing when it was closed", arguments: Facade.allCases)
    func closed(_ facade: Facade) async throws { try await check(facade, .closed) }

    @Test(
        "is that its reader was too slow, where that is the policy",
        arguments: [Facade.pubsub, .subscription, .monitor]
    )
    func tooSlow(_ facade: Facade) async throws { try await check(facade, .tooSlow) }

    @Test(
        "does not come of a slow reader where nothing may fail, which is told what it lost",
        arguments: [Facade.keys, .invalidations]
    )
    func dropped(_ facade: Facade) async throws { try await check(facade, .dropped) }

    private func check<Source: RedisEventSource>(_ source: Source, _ ending: Ending, _ server: RedisServer) async throws
    {
        switch ending {
        case .lost:
            server.kill()
            #expect(try await eventually { source.failure != nil })
            try await expect(.connectionLost, of: source)
        case .closed:
            try await onThread { source.blocking.close() }
            try await expect(nil, of: source)
            for try await _ in source.events { Issue.record("an event came after the end") }
            guard case .closed = try await source.next() else { return #expect(Bool(false)) }
        case .tooSlow:
            try server.flood("foo", numbers: 0..<100)
            #expect(try await eventually { source.failure != nil })
            try await expect(.consumerTooSlow, of: source)
        case .dropped:
            for number in 0..<20 { try server.command("SET", "key \(number)", "") }
            #expect(try await eventually { source.statistics.droppedEvents == 10 })
            let told = try await source.next(timeout: .seconds(10)).event.map { "\($0)" }
            #expect(told?.contains("10 events dropped") == true)
            #expect(source.failure == nil)
        }
    }

    /// Begins, with room for ten events, and checks what an end of that kind looks like.
    private func check(_ facade: Facade, _ ending: Ending) async throws {
        let buffer = RedisBufferLimit(events: 10)
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.isEnabled = ending != .lost
            switch facade {
            case .pubsub:
                let pubsub = try PubSub(
                    configuration,
                    buffer: buffer,
                    overflow: .fail,
                    ignoreSubscribeMessages: true,
                    ignoreLinkEvents: true
                )
                try await pubsub.subscribe("foo") { _ in }
                try await check(pubsub, ending, server)
                await pubsub.close()
            case .subscription:
                let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true, ignoreLinkEvents: true)
                try await check(
                    try await pubsub.subscription(to: "foo", buffer: buffer, overflow: .fail),
                    ending,
                    server
                )
                await pubsub.close()
            case .monitor:
                let monitor = try Monitor(configuration, buffer: buffer, overflow: .fail, guard: nil)
                try await monitor.start()
                try await check(monitor, ending, server)
                await monitor.close()
            case .keys:
                try server.command("CONFIG", "SET", "notify-keyspace-events", "KEA")
                let keys = try KeyspaceEvents(configuration, buffer: buffer)
                try await keys.start()
                try await check(keys, ending, server)
                await keys.close()
            case .invalidations:
                let invalidations = try Invalidations(configuration, buffer: buffer)
                try await invalidations.start()
                try await check(invalidations, ending, server)
                await invalidations.close()
            }
        }
    }

    @Test("of the names that a server refuses is none of a PubSub, which says so to who asks for them")
    func refusedName() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "default", "resetchannels")
            let pubsub = try PubSub(server.configuration())
            let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("foo") }
            #expect(error?.code == .notPermitted)
            try await expect(nil, of: pubsub)
            await pubsub.close()
        }
    }
}
