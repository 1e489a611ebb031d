import RedisCommands
import RedisEvents
import RedisTesting
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing

@Suite("Services", .timeLimit(.minutes(1)))
struct ServiceTests {
    @Test("a client answers what is on its way, then closes")
    func client() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.url)
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await client.run() }
                    try await client.send(["PING"])
                    async let slow = client.send(["DEBUG", "SLEEP", "0.3"])
                    #expect(try await eventually { await client.statistics.commands == 1 })
                    trigger.triggerGracefulShutdown()
                    #expect(try await slow == .simpleString("OK"))
                    try await group.waitForAll()
                }
            }
            let error = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
            #expect(error?.code == .closed)
        }
    }

    @Test("a client whose task is cancelled closes at once")
    func cancelled() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.url)
            try await client.send(["PING"])
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await client.run() }
                }
                group.cancelAll()
            }
            let error = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
            #expect(error?.code == .closed)
        }
    }

    @Test("a PubSub lets its handlers take what is queued, then closes")
    func pubsub() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.url)
            let taken = Mutex(0)
            let gate = AsyncStream<Void>.makeStream()
            try await pubsub.subscribe("a") { _ in
                var turns = gate.stream.makeAsyncIterator()
                await turns.next()
                taken.withLock { $0 += 1 }
            }
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pubsub.run() }
                    for _ in 0..<5 { _ = try server.command("PUBLISH", "a", "x") }
                    let came = try await eventually {
                        pubsub.statistics.deliveredEvents + pubsub.statistics.queuedEvents >= 6
                    }
                    #expect(came)
                    trigger.triggerGracefulShutdown()
                    gate.continuation.finish()
                    try await group.waitForAll()
                }
            }
            #expect(taken.withLock { $0 } == 5)
            #expect(pubsub.statistics.droppedEvents == 0)
            #expect(try await pubsub.next().event == nil)
        }
    }

    @Test("a monitor, a watch of keys and one of invalidations run while others read, and close")
    func sources() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let monitor = try Monitor(server.url)
            let keys = try KeyspaceEvents(server.url)
            let invalidations = try Invalidations(server.url)
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await monitor.run() }
                    group.addTask { try await keys.run() }
                    group.addTask { try await invalidations.run() }
                    try await monitor.start()
                    try await keys.start()
                    try await invalidations.start()
                    _ = try server.command("SET", "k", "v")
                    while try await monitor.next().event?.command?.name != "SET" {}
                    while try await keys.next().event?.key == nil {}
                    while true { if case .invalidated? = try await invalidations.next().event { break } }
                    trigger.triggerGracefulShutdown()
                    // The drain of the monitor waits for its reader.
                    for try await _ in monitor.events {}
                    try await group.waitForAll()
                }
            }
            #expect(try await keys.next().event == nil)
            #expect(try await invalidations.next().event == nil)
        }
    }

    @Test("what cannot start ends its service with the reason")
    func failure() async throws {
        try await withRedisServer { server in
            server.stop()
            var configuration = try RedisConfiguration(url: server.url)
            configuration.reconnect.initialPatience = .zero
            let monitor = try Monitor(configuration)
            let error = await #expect(throws: RedisError.self) { try await monitor.run() }
            #expect(error?.code == .connectFailed)
        }
    }
}
