import Greeter
import RedisEvents
import RedisTesting
import Testing

@Suite("A greeter")
struct GreeterTests {
    @Test("greets by name, and says so when it may have missed somebody")
    func greets() async throws {
        // A real server on a free port, stopped at the end, however this ends.
        try await withRedisServer { server in
            let pubsub = try PubSub(server.url)
            try await pubsub.subscribe("names")
            let greeter = Greeter()
            let running = Task { try await greeter.run(pubsub) }

            _ = try server.command("PUBLISH", "names", "Ada")
            #expect(try await eventually { await greeter.lines == ["hello, Ada"] })

            // The link is lost, and comes back by itself.
            _ = try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await eventually { await greeter.lines.last == "hello to whom I have missed" })
            _ = try server.command("PUBLISH", "names", "Grace")
            #expect(try await eventually { await greeter.lines.last == "hello, Grace" })

            await pubsub.close()
            try await running.value
        }
    }
}
