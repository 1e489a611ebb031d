import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("The components of a program", .tags(.server), .timeLimit(.minutes(2)))
struct ComponentsTests {
    struct Place: Codable, Sendable {
        var host = "127.0.0.1"
        var port: Int
        var db = 0
    }

    /// Runs `body` with a server for the configuration, and two others.
    private func withServers(
        _ body: (RedisConfigurationStore, RedisComponents, RedisServer, RedisServer, RedisServer) async throws -> Void
    ) async throws {
        try await withClient { server, client in
            try await withRedisServer { first in
                try await withRedisServer { second in
                    let store = try RedisConfigurationStore(client, staleness: .milliseconds(200))
                    let components = RedisComponents(store) { component, configuration in
                        configuration.clientName = "component-\(component)"
                    }
                    try await body(store, components, server, first, second)
                    await components.close()
                }
            }
        }
    }

    /// How many links of a component a server has.
    private func links(_ server: RedisServer, _ component: String) throws -> Int {
        try server.command("CLIENT", "LIST").split(separator: "\n").filter {
            $0.contains("name=component-\(component) ")
        }.count
    }

    @Test("move to another server at once, and what runs ends where it began")
    func moving() async throws {
        try await withServers { store, components, _, first, second in
            try await store.set(Place(port: first.port), type: "redis", component: "logs")
            let write = components.bind("logs") { (client: RedisClient, key: String, value: Int) in
                try await client.send(.set(key, value))
            }
            try await write("a", 1)
            #expect(try first.command("GET", "a") == "1")
            let gate = Gate()
            let inside = Gate()
            let running = Task {
                try await components.withConnection(to: "logs") { client in
                    inside.open()
                    try await gate.pass()
                    try await client.send(.set("b", 2))
                }
            }
            try await inside.pass()
            try await store.set(Place(port: second.port), type: "redis", component: "logs")
            let began = ContinuousClock.now
            #expect(
                try await eventually {
                    try await write("c", 3)
                    return try second.command("EXISTS", "c") == "1"
                }
            )
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(try links(first, "logs") >= 1)
            gate.open()
            try await running.joined
            #expect(try first.command("GET", "b") == "2")
            #expect(try second.command("EXISTS", "b") == "0")
            #expect(try await eventually { try links(first, "logs") == 0 })
        }
    }

    @Test("let the old client go though nobody calls any more")
    func silence() async throws {
        try await withServers { store, components, _, first, second in
            try await store.set(Place(port: first.port), type: "redis", component: "logs")
            try await components.withConnection(to: "logs") { _ = try await $0.ping() }
            #expect(try links(first, "logs") == 1)
            try await store.set(Place(port: second.port), type: "redis", component: "logs")
            #expect(try await eventually { try links(first, "logs") == 0 })
        }
    }

    @Test("without a configuration are an error, and never some server")
    func missing() async throws {
        try await withServers { store, components, _, first, _ in
            let error = await #expect(throws: RedisError.self) {
                try await components.withConnection(to: "logs") { _ in }
            }
            #expect(error?.code == .notConfigured)
            #expect(error?.execution == .notExecuted)
            #expect(error?.message.contains("config:redis:logs") == true)
            // One that names no server does not mean this machine.
            try await store.set(["db": 3], type: "redis", component: "logs")
            #expect(
                try await eventually {
                    let error = await #expect(throws: RedisError.self) {
                        try await components.withConnection(to: "logs") { _ in }
                    }
                    return error?.code == .invalidConfiguration
                }
            )
            try await store.set(Place(port: first.port), type: "redis", component: "logs")
            #expect(
                try await eventually {
                    (try? await components.withConnection(to: "logs") { try await $0.ping() }) != nil
                }
            )
            try await store.remove(type: "redis", component: "logs")
            #expect(
                try await eventually {
                    do { try await components.withConnection(to: "logs") { _ in } } catch let error as RedisError {
                        return error.code == .notConfigured
                    }
                    return false
                }
            )
            #expect(try await eventually { try links(first, "logs") == 0 })
        }
    }

    @Test("that were read by somebody else before still get a client")
    func readBefore() async throws {
        try await withServers { store, components, _, first, _ in
            try await store.set(Place(port: first.port), type: "redis", component: "logs")
            #expect(try await store.value(Place.self, type: "redis", component: "logs")?.port == first.port)
            try await components.withConnection(to: "logs") { _ = try await $0.ping() }
        }
    }

    @Test("go on with what worked when a new configuration cannot, and while the store's server is away")
    func lastGood() async throws {
        try await withServers { store, components, server, first, _ in
            try await store.set(Place(port: first.port), type: "redis", component: "logs")
            try await components.withConnection(to: "logs") { _ = try await $0.ping() }
            for wrong in ["[1]", "{", #"{"host":"h","prot":1}"#, #"{"host":""}"#] {
                try server.command("SET", "config:redis:logs", wrong)
                for _ in 0..<3 { try await components.withConnection(to: "logs") { _ = try await $0.ping() } }
            }
            server.kill()
            for _ in 0..<10 { try await components.withConnection(to: "logs") { _ = try await $0.ping() } }
            #expect(try links(first, "logs") == 1)
        }
    }

    @Test("share a client where they have the same configuration, and make one for all that come first")
    func sharing() async throws {
        try await withServers { store, components, _, first, _ in
            for component in ["a", "b"] {
                try await store.set(Place(port: first.port), type: "redis", component: component)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        try await components.withConnection(to: index % 2 == 0 ? "a" : "b") {
                            _ = try await $0.send(.incr("n"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try first.command("GET", "n") == "100")
            #expect(try links(first, "a") + links(first, "b") == 1)
        }
    }

    @Test("that are closed are used no more")
    func closing() async throws {
        try await withServers { store, components, _, first, _ in
            try await store.set(Place(port: first.port), type: "redis", component: "logs")
            try await components.withConnection(to: "logs") { _ = try await $0.ping() }
            await components.close()
            #expect(try await eventually { try links(first, "logs") == 0 })
            let error = await #expect(throws: RedisError.self) {
                try await components.withConnection(to: "logs") { _ in }
            }
            #expect(error?.code == .closed)
        }
    }

    @Test("have secrets that no error shows")
    func secrets() async throws {
        try await withServers { store, components, server, _, _ in
            try server.command("SET", "config:redis:logs", #"{"host":"h","password":"hunter2","port":"hunter2x"}"#)
            let error = await #expect(throws: RedisError.self) {
                try await components.withConnection(to: "logs") { _ in }
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(error.map { "\($0)".contains("hunter2\"") } == false)
        }
    }
}
