import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Events of the link", .tags(.server), .timeLimit(.minutes(1)))
struct IgnoredEventsTests {
    @Test("are left out where that is asked for, of the object or of one call", arguments: [true, false])
    func leftOut(ofTheObject: Bool) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(
                server.configuration(),
                ignoreSubscribeMessages: true,
                ignoreLinkEvents: ofTheObject
            )
            try await pubsub.subscribe("foo")
            try server.publish("foo", "1")
            #expect(try await eventually { pubsub.statistics.queuedEvents == 2 })
            await pubsub.cut()
            #expect(try await eventually { await pubsub.states().allSatisfy(\.isConfirmed) })
            #expect(try await eventually { try server.publish("foo", "2") == 1 })
            var found: [String] = []
            while case .event(let event) = try await pubsub.getMessage(
                timeout: .seconds(10),
                ignoreLinkEvents: !ofTheObject
            ) {
                found.append(words(event))
                if found.count == 2 { break }
            }
            #expect(found == ["message foo 1", "message foo 2"])
            await pubsub.close()
        }
    }

    @Test("are told otherwise: lost, back, and the gap")
    func told() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            await pubsub.cut()
            #expect(try await pubsub.take(3, skipping: ["retrying"]) == ["lost", "restored", "gap"])
            await pubsub.close()
        }
    }

    @Test("and handlers that block all threads of Swift's pool do not wait for each other")
    func blockingHandlers() async throws {
        try await withRedisServer { server in
            let seen = Collector()
            let objects = try (0..<8).map { _ in try PubSub(server.configuration(), ignoreSubscribeMessages: true) }
            for pubsub in objects {
                try await pubsub.subscribe("foo") { [unowned pubsub] _ in
                    seen.add("\(try pubsub.blocking.states().count)")
                }
            }
            let readers = objects.map { pubsub in Task { try await pubsub.run() } }
            try server.publish("foo", "1")
            #expect(try await eventually { seen.all == Array(repeating: "1", count: 8) })
            for reader in readers { reader.cancel() }
            for pubsub in objects { await pubsub.close() }
        }
    }

    @Test("and all calls have a form that blocks a thread")
    func blocking() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let seen = Collector()
            try await onThread {
                try pubsub.blocking.subscribe("foo") { seen.add("\($0.payload)") }
                try server.publish("foo", "1")
                let outcome = try pubsub.blocking.getMessage(timeout: .seconds(10), ignoreLinkEvents: true)
                if case .handled = outcome { seen.add("handled") }
                seen.add(try pubsub.blocking.states().map { "\($0.name) \($0.isConfirmed)" }.joined())
                seen.add("\(try pubsub.blocking.drain(deadline: .seconds(10)))")
            }
            #expect(seen.all == ["1", "handled", "foo true", "true"])
        }
    }
}
