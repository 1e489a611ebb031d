import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("An observer of events", .tags(.server, .slow), .timeLimit(.minutes(1)))
struct EventsObserverTests {
    private func configuration(
        of server: RedisServer,
        _ observer: RecordingEventsObserver
    ) throws -> RedisConfiguration {
        var configuration = try server.configuration()
        configuration.eventsObserver = observer
        return configuration
    }

    @Test("gets every message in sums, those of inline handlers and dedicated subscriptions as well")
    func messages() async throws {
        let observer = RecordingEventsObserver()
        try await withRedisServer { server in
            let pubsub = try PubSub(configuration(of: server, observer))
            let inline = Collector()
            try await pubsub.subscribe("plain")
            try await pubsub.subscribe(.channel, ["inline"], handler: .inline { _ in inline.add("x") })
            let subscription = try await pubsub.subscription(to: "own")
            for name in ["plain", "inline", "own"] as [RedisBytes] {
                for _ in 0..<10 { try server.publish(name, "x") }
            }
            for _ in 0..<10 { while try await pubsub.getMessage().message == nil {} }
            for _ in 0..<10 { while try await subscription.next().event?.message == nil {} }
            #expect(inline.all.count == 10)
            #expect(observer.all.reports.isEmpty)
            await pubsub.close()
        }
        #expect(observer.received(by: .pubsub) == 30)
        #expect(observer.receivedBytes(by: .pubsub) > 30 * "*3\r\n$7\r\nmessage\r\n$3\r\nown\r\n$1\r\nx\r\n".utf8.count)
        #expect(observer.received(by: .subscription) == 10)
        #expect(observer.all.gaps.isEmpty && observer.all.drops.isEmpty)
    }

    @Test("gets sums and the length of the queue at intervals")
    func intervals() async throws {
        let observer = RecordingEventsObserver(every: .milliseconds(10))
        try await withRedisServer { server in
            let pubsub = try PubSub(configuration(of: server, observer), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            for _ in 0..<5 { try server.publish("a", "x") }
            #expect(try await eventually { observer.received(by: .pubsub) == 5 })
            #expect(try await eventually { observer.all.reports[.pubsub]?.last?.queuedEvents == 6 })
            for _ in 0..<5 { while try await pubsub.getMessage().message == nil {} }
            #expect(try await eventually { observer.all.reports[.pubsub]?.last?.queuedEvents == 0 })
            #expect(observer.all.reports[.pubsub]?.last?.queuedBytes == 0)
            await pubsub.close()
        }
    }

    @Test("gets gaps and reconnects at once")
    func gaps() async throws {
        let observer = RecordingEventsObserver()
        try await withRedisServer { server in
            let pubsub = try PubSub(configuration(of: server, observer))
            try await pubsub.subscribe("a")
            await pubsub.cut()
            #expect(try await eventually { observer.all.gaps[.pubsub]?.count == 1 })
            #expect(observer.all.links[.pubsub] == ["lost", "restored"])
            await pubsub.close()
        }
    }

    @Test("gets drops at once, and at the end what was discarded")
    func drops() async throws {
        let observer = RecordingEventsObserver()
        try await withRedisServer { server in
            let pubsub = try PubSub(
                configuration(of: server, observer),
                buffer: RedisBufferLimit(events: 3),
                overflow: .dropNewest
            )
            try await pubsub.subscribe("a")
            for _ in 0..<10 { try server.publish("a", "x") }
            // One confirmation and two messages fit.
            #expect(try await eventually { observer.all.drops[.pubsub] == 8 })
            #expect(pubsub.statistics.droppedEvents == 8)
            await pubsub.close()
            #expect(observer.all.drops[.pubsub] == pubsub.statistics.droppedEvents)
            #expect(observer.all.reports[.pubsub]?.last?.queuedEvents == 0)
        }
    }

    @Test("gets how long a message of the delivery probe was on its way")
    func delivery() async throws {
        let observer = RecordingEventsObserver()
        try await withRedisServer { server in
            var configuration = try configuration(of: server, observer)
            configuration.deliveryProbe = RedisDeliveryProbe(interval: .milliseconds(20))
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("a")
            #expect(try await eventually { observer.all.deliveries.count >= 2 })
            #expect(observer.all.deliveries.allSatisfy { $0 > .zero && $0 < .seconds(5) })
            await pubsub.close()
        }
        // The probe's own messages are nobody's.
        #expect(observer.received(by: .pubsub) == 0)
    }

    @Test("gets the commands of a monitor, the events of keys and the invalidations")
    func others() async throws {
        let observer = RecordingEventsObserver()
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let configuration = try configuration(of: server, observer)
            let monitor = try Monitor(configuration)
            let keys = try KeyspaceEvents(configuration, events: [.set])
            let invalidations = try Invalidations(configuration, prefixes: ["k"])
            try await monitor.start()
            try await keys.start()
            try await invalidations.start()
            for number in 0..<5 { _ = try server.command("SET", "k\(number)", "v") }
            var seen = (commands: 0, keys: 0, invalidated: 0)
            while seen.commands < 5 {
                if let event = try await monitor.next().event, event.command?.name == "SET" { seen.commands += 1 }
            }
            while seen.keys < 5 { if case .key? = try await keys.next().event { seen.keys += 1 } }
            while seen.invalidated < 5 {
                if case .invalidated(let names)? = try await invalidations.next().event {
                    seen.invalidated += names.count
                }
            }
            await invalidations.cut()
            #expect(try await eventually { observer.all.links[.invalidations]?.last == "restored" })
            #expect(try await eventually { observer.all.gaps[.invalidations]?.count == 1 })
            await monitor.close()
            await keys.close()
            await invalidations.close()
        }
        #expect(observer.received(by: .monitor) >= 5)
        #expect(observer.received(by: .keyspace) == 5)
        #expect(observer.received(by: .invalidations) == 5)
        #expect(observer.received(by: .pubsub) == 0)
    }
}
