import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// A blocking loop cannot throw: its last event tells the error that ended it.
@Suite("A blocking loop over a source that fails", .tags(.server), .timeLimit(.minutes(1)))
struct ListenFailureTests {
    /// A port on which nobody listens.
    private static let nowhere = "redis://127.0.0.1:1"

    @Test("tells why a monitor did not come about")
    func monitor() async throws {
        let seen = Collector()
        try await onThread {
            for event in try Monitor(Self.nowhere).listen() {
                if case .failed(let error) = event { seen.add("failed \(error.code)") } else { seen.add("\(event)") }
            }
        }
        #expect(seen.all == ["failed connectFailed"])
    }

    @Test("tells that MONITOR was refused")
    func refused() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "default", "-monitor")
            let seen = Collector()
            let monitor = try Monitor(server.configuration())
            try await onThread {
                for event in monitor.listen() {
                    if case .failed(let error) = event {
                        seen.add("failed \(error.code)")
                    } else {
                        seen.add("\(event)")
                    }
                }
            }
            #expect(seen.all == ["failed notPermitted"])
            await monitor.close()
        }
    }

    @Test("tells why watches of keys and of invalidations did not come about")
    func watches() async throws {
        let seen = Collector()
        try await onThread {
            for event in try KeyspaceEvents(Self.nowhere).listen() { seen.add(words(event)) }
            for event in try Invalidations(Self.nowhere).listen() { seen.add(words(event)) }
        }
        #expect(seen.all == ["failed connectFailed", "failed connectFailed"])
    }

    @Test("tells why a link that served has ended for good, after all that it brought", arguments: [true, false])
    func ended(isOfItsOwn: Bool) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.isEnabled = false
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true, ignoreLinkEvents: true)
            let subscription = isOfItsOwn ? try await pubsub.subscription(to: "foo") : nil
            if !isOfItsOwn { try await pubsub.subscribe("foo") }
            try server.publish("foo", "1")
            #expect(try await eventually { (subscription?.statistics ?? pubsub.statistics).queuedEvents == 2 })
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            let seen = Collector()
            try await onThread {
                if let subscription {
                    for event in subscription.listen() { seen.add(words(event)) }
                } else {
                    for event in pubsub.listen() { seen.add(words(event)) }
                }
            }
            #expect(seen.all == ["message foo 1", "failed connectionLost"])
            #expect((subscription?.failure ?? pubsub.failure)?.code == .connectionLost)
            await pubsub.close()
        }
    }

    @Test("ends without a word when it is closed")
    func closed() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration())
            try await monitor.start()
            await monitor.close()
            let seen = Collector()
            try await onThread { for event in monitor.listen() { seen.add("\(event)") } }
            #expect(seen.all == [])
            #expect(monitor.failure == nil)
        }
    }
}
