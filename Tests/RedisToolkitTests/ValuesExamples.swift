import RedisTesting
import RedisToolkit
import TestSupport
import Testing

// The examples of the article `ValuesAndCaches.md`, letter for letter but for their indentation.

private func connect() throws -> RedisClient {
    let client = try RedisClient("redis://localhost:6379")
    return client
}

struct User: Codable, Sendable { var name: String, visits: Int }

private func keepValues(_ client: RedisClient) async throws -> [String] {
    let values = RedisValueStore(client, coder: .cbor)
    try await values.set(User(name: "Ada", visits: 1), for: "user:7", expiry: .after(.seconds(3600)))
    let user = try await values.value(User.self, for: "user:7")
    let all = try await values.values(User.self, for: ["user:7", "user:8"])
    let last = try await values.pop(User.self, for: "user:7")
    return [user?.name, all[0]?.name, all[1]?.name, last?.name].map { $0 ?? "-" }
}

private func changeValues(_ values: RedisValueStore) async throws -> Int? {
    let visits = try await values.update(Int.self, for: "visits") { ($0 ?? 0) + 1 }
    let isRunning = try await values.compareAndSet("state", "ready", "running")
    let hasEnded = try await values.remove("state", ifEquals: "running")
    #expect(!isRunning && !hasEnded)
    return visits
}

private func keepRecords(_ client: RedisClient) async throws {
    let best = try await client.setMax(42, for: "best")
    print(best.isChanged ? "a new record" : "the record is \(best.value)")
    try await client.setMin(0.25, for: "fastest")
}

private func keepHashes(_ client: RedisClient) async throws -> String? {
    let account = RedisHash("account:7", client)
    try await account.set(["name": "Ada", "visits": 1], mode: .replace, expiry: .after(.seconds(3600)))
    let fields = try await account.texts()
    try await account.increment("visits")

    struct Account: Codable, Sendable { var name: String, visits: Int }
    try await account.set(encoding: Account(name: "Ada", visits: 2))
    let typed = try await account.value(as: Account.self)
    #expect(fields?["visits"] == "1")
    return typed?.name
}

private func lookUp(_ client: RedisClient) async throws -> Int {
    for try await (key, owner) in client.hashField("owner", matching: "room:*") { print(key, owner) }
    let owners = try await client.hashField("owner", matching: "room:*").dictionary()
    return owners.count
}

private struct Database: Sendable {
    func user(_ id: Int) async throws -> User { User(name: "user \(id)", visits: 0) }
    func privileges(of user: Int, in scope: String) async throws -> [String] { ["\(user) \(scope)"] }
    func save(_ member: Member) async throws {}
}

private func cacheUsers(_ client: RedisClient) async throws -> RedisCache {
    let database = Database()
    let cache = try RedisCache(client, namespace: "shop", policy: RedisCachePolicy(timeToLive: .seconds(600)))
    let users = try cache.region("user", key: Int.self, value: User.self)

    let ada = try await users.value(for: 7) { id in try await database.user(id) }
    let other = try await users.value(for: 8, timeToLive: .seconds(5), tags: ["team:3"]) { try await database.user($0) }
    #expect(ada.name == "user 7")
    #expect(other.name == "user 8")
    return cache
}

private func cacheFunctions(_ cache: RedisCache, _ database: Database) async throws -> [String] {
    let privileges = try cache.cached("privileges") { (user: Int, scope: String) in
        try await database.privileges(of: user, in: scope)
    }
    let granted = try await privileges(7, "admin")
    try await invalidate(privileges, cache, database)
    return granted
}

struct Member: CacheInvalidating {
    var id: Int, team: Int
    var cacheKeys: [RedisCacheKey] { [RedisCacheKey("user", id), .tag("team:\(team)")] }
}

private func invalidate(
    _ privileges: RedisCachedFunction<[String], Int, String>,
    _ cache: RedisCache,
    _ database: Database
) async throws {
    let member = Member(id: 7, team: 3)
    try await cache.invalidating(member) { try await database.save(member) }
    try await cache.remove(.tag("team:3"), privileges.cacheKey(of: 7, "admin"))
}

@Suite("The examples of values and caches", .tags(.server), .timeLimit(.minutes(1)))
struct ValuesExamplesTests {
    @Test("are those of their page")
    func examples() throws {
        let page = try PageExamples(of: "ValuesAndCaches.md")
        #expect(page.examples.count == 12)
        #expect(try page.missing(in: #filePath) == [])
    }

    @Test("do what they say")
    func run() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.url)
            #expect(try await keepValues(client) == ["Ada", "Ada", "-", "Ada"])
            #expect(try await changeValues(RedisValueStore(client)) == 1)
            try await keepRecords(client)
            #expect(try server.command("GET", "best") == "42")
            #expect(try await keepHashes(client) == "Ada")
            try server.command("HSET", "room:1", "owner", "Ada")
            #expect(try await lookUp(client) == 1)
            let cache = try await cacheUsers(client)
            #expect(try await cacheFunctions(cache, Database()) == ["7 admin"])
            await cache.close()
            await client.close()
        }
    }
}
