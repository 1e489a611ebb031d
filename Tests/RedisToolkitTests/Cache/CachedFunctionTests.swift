import RedisReactor
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A function whose values are kept", .tags(.server), .timeLimit(.minutes(1)))
struct CachedFunctionTests {
    private struct Failure: Error {}

    @Test("is called once for each list of arguments, of any number and kind")
    func arguments() async throws {
        try await withCaches(1) { caches, server in
            let calls = Locked<[String]>([])
            @Sendable func note(_ call: String) { calls.withLock { $0.append(call) } }
            let none = try caches[0].cached("none") {
                note("none")
                return 1
            }
            let one = try caches[0].cached("one") { (name: String) in
                note("one \(name)")
                return name.count
            }
            let two = try caches[0].cached("two") { (user: Int, scope: String) in
                note("two \(user) \(scope)")
                return [scope: user]
            }
            // Another function with the same arguments is another one.
            let other = try caches[0].cached("other") { (user: Int, scope: String) in "\(user)\(scope)" }
            for _ in 0..<3 {
                #expect(try await none() == 1)
                #expect(try await one("Grüße %d") == 8)
                #expect(try await two(7, "admin") == ["admin": 7])
                #expect(try await two(7, "user") == ["user": 7])
                #expect(try await other(7, "admin") == "7admin")
            }
            #expect(calls.withLock { $0 } == ["none", "one Grüße %d", "two 7 admin", "two 7 user"])
            try await two.remove(7, "admin")
            #expect(try await two(7, "admin") == ["admin": 7])
            #expect(calls.withLock { $0.count } == 5)
            #expect(try server.command("EXISTS", "app:two:[7,\"user\"]") == "1")
            try await caches[0].remove(two.cacheKey(of: 7, "user"), RedisCacheKey(function: "one", "Grüße %d"))
            #expect(try server.command("EXISTS", "app:two:[7,\"user\"]", "app:one:[\"Grüße %d\"]") == "0")
            #expect(throws: RedisError.self) { try caches[0].cached("two") { (name: String) in name } }
        }
    }

    @Test("keeps no error, and is removed by its tags")
    func tags() async throws {
        try await withCaches(2) { caches, server in
            let calls = Counter()
            let functions = try caches.map { cache in
                try cache.cached("price", tags: { (shop: String, item: Int) in ["shop:\(shop)"] }) { shop, item in
                    let call = calls.next()
                    if item < 0 { throw Failure() }
                    return call
                }
            }
            for _ in 0..<2 { await #expect(throws: Failure.self) { try await functions[0]("a", -1) } }
            #expect(calls.count == 2)
            for item in 0..<540 { _ = try await functions[item % 2](item < 520 ? "a" : "b", item) }
            #expect(try await functions[1]("a", 0) == 3)
            try await caches[0].remove(.tag("shop:a"))
            #expect(try server.command("EXISTS", "app#tag:shop:a") == "0")
            #expect(try await functions[0]("a", 0) == 543)
            #expect(try await eventually { try await functions[1]("a", 0) == 543 })
            #expect(try await functions[0]("a", 519) == 544)
            #expect(try await functions[0]("b", 520) == 523)
            // What is over does not stay in the set of a tag.
            try server.command("ZADD", "app#tag:shop:b", "1", "app:price:long gone")
            _ = try await functions[0]("b", 5000)
            #expect(try server.command("ZCARD", "app#tag:shop:b") == "21")
            #expect((1_700_000...1_900_000).contains(try #require(Int(try server.command("PTTL", "app#tag:shop:b")))))
        }
    }
}

@Suite("A model that is saved", .tags(.server), .timeLimit(.minutes(1)))
struct CacheInvalidatingTests {
    private struct Failure: Error {}

    private struct User: CacheInvalidating {
        var id: Int
        var team: String

        var cacheKeys: [RedisCacheKey] { [RedisCacheKey("user", id), .tag("team:\(team)")] }
    }

    @Test("is forgotten after it was saved, so that nobody stores what was before")
    func race() async throws {
        try await withCaches(2) { caches, server in
            let database = Locked("old")
            let regions = try caches.map { try $0.region("user", key: Int.self, value: String.self) }
            let members = try caches[0].region("team", key: String.self, value: [String].self)
            let load: @Sendable (Int) async throws -> String = { _ in database.withLock { $0 } }
            for region in regions { #expect(try await region.value(for: 7, load) == "old") }
            _ = try await members.value(for: "a", tags: ["team:a"]) { _ in ["old"] }
            let user = User(id: 7, team: "a")
            let (isOpen, hasRead) = (Barrier(), Barrier())
            let saving = Task {
                try await caches[0].invalidating(user) {
                    isOpen.open()
                    try await hasRead.passed()
                    database.withLock { $0 = "new" }
                    return "saved"
                }
            }
            try await isOpen.passed()
            // A reader in between gets what is there, and may store it.
            #expect(try await regions[1].value(for: 7, load) == "old")
            #expect(try await regions[0].value(for: 7, load) == "old")
            #expect(regions[0][7] == nil, "the process that saves keeps none of it")
            hasRead.open()
            #expect(try await saving.joined == "saved")
            #expect(try await regions[0].value(for: 7, load) == "new")
            #expect(try await eventually { try await regions[1].value(for: 7, load) == "new" })
            #expect(try await members.value(for: "a") == nil)
        }
    }

    @Test("is forgotten as well when the saving throws, and before it if so asked")
    func failing() async throws {
        try await withCaches(1) { caches, server in
            let region = try caches[0].region("user", key: Int.self, value: String.self)
            let user = User(id: 7, team: "a")
            try await region.set("old", for: 7)
            await #expect(throws: Failure.self) { try await caches[0].invalidating(user) { throw Failure() } }
            #expect(try server.command("EXISTS", "app:user:7") == "0")
            try await region.set("old", for: 7)
            try await caches[0].invalidating(user, removesBefore: true) { () async throws in
                #expect(try server.command("EXISTS", "app:user:7") == "0")
            }
            // A computation that was under way is not stored.
            #expect(try await region.value(for: 7) { _ in "new" } == "new")
        }
    }
}
