import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A configuration store", .tags(.server), .timeLimit(.minutes(2)))
struct ConfigurationStoreTests {
    struct Limits: Codable, Sendable, Equatable {
        var perMinute: Int
    }

    /// How a server and a user let a store hear of changes.
    struct Way: Sendable, CustomTestStringConvertible {
        let notice: RedisConfigurationStore.Notice
        /// What the user may not do.
        var rules: [String] = []
        var notifications = ""

        var testDescription: String { notice.rawValue }

        static let all = [
            Way(notice: .invalidations),
            Way(notice: .messages, rules: ["-client|tracking"]),
            Way(
                notice: .keyspaceEvents,
                rules: ["-client|tracking", "resetchannels", "&__keyspace@0__:config:*"],
                notifications: "KA"
            ),
            Way(notice: .polling, rules: ["-client|tracking", "-subscribe", "-psubscribe"]),
        ]
    }

    @Test("hears of changes in the best way that the server and the user allow", arguments: Way.all)
    func ways(_ way: Way) async throws {
        try await withRedisServer { server in
            try server.command("CONFIG", "SET", "notify-keyspace-events", way.notifications)
            let rights = ["ACL", "SETUSER", "u", "on", "nopass", "~*", "&*", "+@all"]
            try server.command((rights + way.rules).map { Array($0.utf8) })
            let client = try RedisClient(server.url.replacing("redis://", with: "redis://u:x@"))
            let store = try RedisConfigurationStore(client, staleness: .milliseconds(100))
            let seen = Collector<Limits?>()
            let watching = Task {
                for await limits in store.changes(Limits.self, type: "app", component: "api") { seen.add(limits) }
            }
            #expect(try await eventually { seen.all == [nil] })
            #expect(try await eventually { store.notice == way.notice })
            // By whoever knows nothing of us.
            try server.command("SET", "config:app:api", #"{"perMinute":1}"#)
            #expect(try await eventually { seen.all == [nil, Limits(perMinute: 1)] })
            #expect(try await store.set(Limits(perMinute: 2), type: "app", component: "api"))
            #expect(try await eventually { seen.all.last == Limits(perMinute: 2) })
            // The same once more is no change.
            #expect(try await store.set(Limits(perMinute: 2), type: "app", component: "api") == false)
            #expect(try await store.value(Limits.self, type: "app", component: "api") == Limits(perMinute: 2))
            try server.command("SET", "config:app:api", #"{"perMinute":2}"#)
            #expect(try await store.remove(type: "app", component: "api"))
            #expect(try await eventually { seen.all.last == .some(nil) })
            #expect(try await store.remove(type: "app", component: "api") == false)
            #expect(seen.all == [nil, Limits(perMinute: 1), Limits(perMinute: 2), nil])
            #expect(try await store.value(Limits.self, type: "app", component: "api") == nil)
            watching.cancel()
            await watching.joined
            await client.close()
        }
    }

    @Test("tells of changes one after the other, and a slow handler of the last one")
    func order() async throws {
        try await withClient { server, client in
            let store = try RedisConfigurationStore(client, staleness: .milliseconds(50))
            let key = store.key(type: "t", component: "c")
            let begun = Collector<RedisBytes?>(), ended = Collector<RedisBytes?>()
            let mayGoOn = Locked(false)
            try server.command("SET", key.description, "1")
            let number = store.watch.addHandler(key) { value in
                begun.add(value)
                #expect(eventuallyBlocking { value != "1" || mayGoOn.withLock { $0 } })
                ended.add(value)
            }
            let first = Task { try await store.value(Int.self, type: "t", component: "c") }
            #expect(try await eventually { begun.all == ["1"] })
            // The handler is busy with the first value while the others are read.
            for value in 2...3 {
                try server.command("SET", key.description, "\(value)")
                #expect(try await eventually { try await store.value(Int.self, type: "t", component: "c") == value })
            }
            mayGoOn.withLock { $0 = true }
            #expect(try await eventually { ended.all == ["1", "3"] })
            #expect(begun.all == ["1", "3"])
            #expect(try await first.joinedResult.get() == 1)
            store.watch.removeHandler(key, number)
        }
    }

    @Test("sees what changed while its links were cut", arguments: RedisConfigurationStore.Notice.allCases)
    func gaps(_ notice: RedisConfigurationStore.Notice) async throws {
        try await withClient { server, client in
            try server.command("CONFIG", "SET", "notify-keyspace-events", "KA")
            let store = try RedisConfigurationStore(client, staleness: .milliseconds(200), notices: [notice])
            try await store.set(1, type: "t", component: "c")
            #expect(try await store.value(Int.self, type: "t", component: "c") == 1)
            #expect(try await eventually { store.notice == notice })
            for value in 2...4 {
                try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                try server.command("SET", "config:t:c", "\(value)")
                #expect(try await eventually { try await store.value(Int.self, type: "t", component: "c") == value })
            }
        }
    }

    @Test("asks the server once for a thousand reads of what does not change")
    func cost() async throws {
        try await withClient { server, client in
            let store = try RedisConfigurationStore(client)
            try await store.set("x", type: "t", component: "c")
            #expect(
                try await eventually {
                    _ = try await store.value(String.self, type: "t", component: "c")
                    return store.notice == .invalidations
                }
            )
            // What is read again because the listening has begun may fall into the first thousand.
            #expect(try await eventually { try await costsNothing(store, server) })
        }
    }

    /// Whether a thousand reads bring the value, and ask the server nothing.
    private func costsNothing(_ store: RedisConfigurationStore, _ server: RedisServer) async throws -> Bool {
        let before = try server.calls(of: "get")
        for _ in 0..<1000 where try await store.value(String.self, type: "t", component: "c") != "x" { return false }
        return try server.calls(of: "get") == before
    }

    @Test("keeps what it read last while the server is away, and says so")
    func outage() async throws {
        try await withClient { server, client in
            let store = try RedisConfigurationStore(client, staleness: .milliseconds(100))
            try await store.set(1, type: "t", component: "c")
            #expect(try await store.value(Int.self, type: "t", component: "c") == 1)
            server.kill()
            #expect(
                try await eventually {
                    let value = try await store.value(Int.self, type: "t", component: "c")
                    return value == 1 && store.staleSince != nil
                }
            )
            try await server.restart()
            try server.command("SET", "config:t:c", "2")
            #expect(try await eventually { try await store.value(Int.self, type: "t", component: "c") == 2 })
            #expect(store.staleSince == nil)
        }
    }

    @Test("fails a first read while the server is away, and the next one works")
    func firstRead() async throws {
        try await withClient(.init(), { $0.commands.timeout = .milliseconds(300) }) { server, client in
            let store = try RedisConfigurationStore(client)
            server.kill()
            await #expect(throws: RedisError.self) { try await store.value(Int.self, type: "t", component: "c") }
            try await server.restart()
            try server.command("SET", "config:t:c", "2")
            #expect(
                try await eventually { (try? await store.value(Int.self, type: "t", component: "c")) == .some(2) }
            )
        }
    }

    @Test("says what it cannot read, without its bytes")
    func unreadable() async throws {
        try await withClient { server, client in
            let store = try RedisConfigurationStore(client)
            try server.command("SET", "config:t:c", "hunter2")
            let error = await #expect(throws: RedisError.self) {
                try await store.value(Limits.self, type: "t", component: "c")
            }
            #expect(error?.code == .codingFailed)
            #expect(error.map { "\($0)".contains("hunter2") } == false)
            let wrong = #expect(throws: RedisError.self) { try RedisConfigurationStore(client, staleness: .zero) }
            #expect(wrong?.code == .invalidConfiguration)
        }
    }
}
