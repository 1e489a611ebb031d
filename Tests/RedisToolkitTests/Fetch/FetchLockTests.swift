import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A fetch", .tags(.server), .timeLimit(.minutes(2)))
struct FetchLockTests {
    private struct FetchError: Error, Equatable {}

    /// What a caller of each role does. Returns what it came to.
    private func fetch(
        over client: RedisClient,
        timeout: Duration? = .seconds(20),
        _ lead: @escaping @Sendable () async throws -> String
    ) async throws -> String {
        try await client.withFetchLock("weather") { role in
            switch role {
            case .leader: return "led " + (try await lead())
            case .follower(let follower):
                switch try await follower.wait(timeout: timeout) {
                case .fetched: return "followed"
                case .promoted: return "promoted " + (try await lead())
                case .timedOut: return "stale"
                }
            }
        }
    }

    @Test("is done once, and those who follow are told of its end")
    func once() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let gate = Gate()
            let fetches = Collector<Int>()
            let leader = Task {
                try await fetch(over: client) {
                    fetches.add(1)
                    try await gate.pass()
                    return "sunny"
                }
            }
            #expect(try await eventually { fetches.all.count == 1 })
            let followers = (0..<19).map { number in
                Task {
                    try await fetch(over: number % 2 == 0 ? client : other) {
                        fetches.add(2)
                        return "again"
                    }
                }
            }
            let key = ReleaseWatch.LineKey(kind: "fetch lock", name: "weather")
            let watches = [client, other].map { $0.attachment(ReleaseWatch.self) }
            #expect(try await eventually { watches.map { $0.waiterCount(key) }.reduce(0, +) == 19 })
            #expect(try await eventually { try server.subscribers(of: "{weather}:released") == 2 })
            let began = ContinuousClock.now
            gate.open()
            #expect(try await leader.joined == "led sunny")
            for follower in followers { #expect(try await follower.joined == "followed") }
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(fetches.all == [1])
            #expect(try server.command("EXISTS", "weather") == "0")
            await other.close()
        }
    }

    @Test("that fails throws that, and makes one of those who follow the leader, for the others")
    func failure() async throws {
        try await withClient { server, client in
            let gate = Gate()
            let leading = Gate()
            let leader = Task {
                try await fetch(over: client) {
                    leading.open()
                    try await gate.pass()
                    throw FetchError()
                }
            }
            try await leading.pass()
            let followers = (0..<5).map { _ in Task { try await fetch(over: client) { "rainy" } } }
            let key = ReleaseWatch.LineKey(kind: "fetch lock", name: "weather")
            #expect(try await eventually { client.attachment(ReleaseWatch.self).waiterCount(key) == 5 })
            gate.open()
            await #expect(throws: FetchError()) { try await leader.joined }
            var results: [String] = []
            for follower in followers { results.append(try await follower.joined) }
            #expect(results.sorted() == ["followed", "followed", "followed", "followed", "promoted rainy"])
            #expect(try server.command("EXISTS", "weather") == "0")
        }
    }

    @Test("whose leader has died is done by one who follows, when the leader's time is over")
    func leaderDied() async throws {
        try await withClient { server, client in
            try server.command("SET", "weather", "x", "PX", "2000")
            let began = ContinuousClock.now
            #expect(try await fetch(over: client) { "rainy" } == "promoted rainy")
            #expect(began.duration(to: .now) < .seconds(10))
        }
    }

    @Test("is not waited for by who has something, and only for so long by who has a limit")
    func stale() async throws {
        try await withClient { server, client in
            try server.command("SET", "weather", "x", "PX", "60000")
            let value = try await client.withFetchLock("weather") { role in
                if case .follower = role { return "stale" }
                return "led"
            }
            #expect(value == "stale")
            #expect(try await fetch(over: client, timeout: .milliseconds(100)) { "rainy" } == "stale")
            #expect(try server.command("GET", "weather") == "x")
        }
    }

    @Test("that has ended well while nobody heard of it is not repeated by who followed it")
    func missedMessage() async throws {
        try await withClient { server, client in
            let keys = ["f", "{f}:fence", "{f}:fetched"]
            func acquire(_ token: String, following: String = "") async throws -> [Int?] {
                let arguments: [any RedisBytesConvertible] = [token, 5000, "{f}:released", 0, "0", following]
                let reply = try await client.run(.acquireFetch, keys: keys, arguments: arguments)
                return reply.elements?.map(\.integer) ?? []
            }
            func release(_ token: String, _ fence: String) async throws -> Int? {
                let arguments: [any RedisBytesConvertible] = [token, 5000, "{f}:released", 0, fence]
                return try await client.run(.releaseFetch, keys: keys, arguments: arguments).integer
            }
            let fence = try #require(try await acquire("a").last ?? nil)
            let denial = try await acquire("b")
            #expect(denial.count == 4)
            #expect([denial[0], denial[2], denial[3]] == [0, 0, fence])
            #expect(try await release("b", "\(fence)") == 0)
            #expect(try await release("a", "\(fence)") == 1)
            #expect(try await acquire("b", following: "\(fence)") == [2])
            #expect(try await acquire("b", following: "\(fence + 1)").first == 1)
            // One that fails leaves what was known.
            #expect(try await release("b", "") == 1)
            #expect(try await acquire("c", following: "\(fence)") == [2])
            #expect(try (50_000...60_000).contains(server.timeToLive("{f}:fetched")))
        }
    }

    @Test("whose leader loses its lease is cancelled, and throws that", arguments: [false, true])
    func loss(isPromoted: Bool) async throws {
        try await withClient { server, client in
            if isPromoted { try server.command("SET", "weather", "x", "PX", "100") }
            let error = await #expect(throws: RedisError.self) {
                try await client.withFetchLock("weather", timeToLive: .milliseconds(200)) { role in
                    if case .follower(let follower) = role { _ = try await follower.wait(timeout: .seconds(20)) }
                    try server.command("SET", "weather", "y")
                    try await untilCancelled()
                }
            }
            #expect(error?.code == .leaseLost)
            #expect(error?.underlyingError is CancellationError)
            #expect(try server.command("GET", "weather") == "y")
        }
    }
}
