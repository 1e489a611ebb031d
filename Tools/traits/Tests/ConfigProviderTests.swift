import Configuration
import ConfigurationTesting
import RedisTesting
import RedisToolkit
import Testing

@Suite("A provider of swift-configuration", .timeLimit(.minutes(2)))
struct ConfigProviderTests {
    /// What `ProviderCompatTest` wants to find; `magic` and `magic2` are its bytes in Base64.
    private static let values = """
        {"string": "Hello", "other": {"string": "Other Hello", "int": 24, "double": 2.72, "bool": false,
        "bytes": "bWFnaWMy", "stringy.array": ["Hello", "Swift"], "inty.array": [16, 32], "doubly.array": [0.9, 1.8],
        "booly.array": [false, true, true], "byteChunky": {"array": ["bWFnaWM=", "bWFnaWMy", "bWFnaWM="]}},
        "int": 42, "double": 3.14, "bool": true, "bytes": "bWFnaWM=", "stringy.array": ["Hello", "World"],
        "inty.array": [42, 24], "doubly.array": [3.14, 2.72], "booly.array": [true, false],
        "byteChunky.array": ["bWFnaWM=", "bWFnaWMy"]}
        """

    private func withStore(_ body: @Sendable (RedisServer, RedisConfigurationStore) async throws -> Void) async throws {
        try await withRedisServer { server in
            try await withClient(of: server, { _ in }) { client in
                try await body(server, try RedisConfigurationStore(client))
            }
        }
    }

    @Test("does what swift-configuration asks of every provider")
    func conformance() async throws {
        try await withStore { server, store in
            try server.command("SET", "config:app:api", Self.values)
            let provider = try await RedisConfigProvider(store, type: "app", component: "api")
            try await ProviderCompatTest(provider: provider).runTest()
            #expect(provider.providerName == "RedisConfigProvider[config:app:api]")
        }
    }

    @Test("tells a reader each change, whoever made it")
    func changes() async throws {
        try await withStore { server, store in
            let provider = try await RedisConfigProvider(store, type: "app", component: "api")
            let config = ConfigReader(provider: provider)
            #expect(config.int(forKey: "limits.perMinute") == nil)
            try await config.watchInt(forKey: "limits.perMinute") { values in
                var iterator = values.makeAsyncIterator()
                let first = try await iterator.next()
                #expect(first == .some(nil))
                try server.command("SET", "config:app:api", #"{"limits":{"perMinute":1}}"#)
                let second = try await iterator.next()
                #expect(second == .some(1))
                try await store.set(["limits": ["perMinute": 2]], type: "app", component: "api")
                let third = try await iterator.next()
                #expect(third == .some(2))
                // What is no JSON changes nothing.
                try server.command("SET", "config:app:api", "{")
                try await store.remove(type: "app", component: "api")
                let last = try await iterator.next()
                #expect(last == .some(nil))
            }
        }
    }

    @Test("reads through when it is asked to fetch, and tells a wrong type")
    func fetching() async throws {
        try await withStore { server, store in
            let provider = try await RedisConfigProvider(store, type: "app", component: "api")
            let config = ConfigReader(provider: provider)
            try server.command("SET", "config:app:api", #"{"a":"text","b":[1,"x"],"c":1.5}"#)
            #expect(
                try await eventually { try await config.fetchString(forKey: "a") == "text" }
            )
            for key in ["a", "b", "c"] {
                await #expect(throws: (any Error).self) { try await config.fetchRequiredInt(forKey: ConfigKey(key)) }
            }
            try server.command("SET", "config:app:broken", "[1]")
            await #expect(throws: RedisError.self) {
                try await RedisConfigProvider(store, type: "app", component: "broken")
            }
        }
    }
}
