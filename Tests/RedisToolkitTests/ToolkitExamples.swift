import RedisTesting
import RedisToolkit
import TestSupport
import Testing

// The examples of the article `LocksAndLimits.md`, letter for letter: that they compile is one test, that they are the
// same is another, and that they do what they say is the last.

func billOrders(_ client: RedisClient, _ bill: @escaping @Sendable (_ fence: Int) async throws -> Void) async throws {
    // Waits for the lock, runs the closure, and gives the lock back.
    try await client.withLock("orders") { lease in
        try await bill(lease.fence)
    }

    let lock = try RedisLock("orders", on: client, RedisLeaseOptions(timeToLive: .seconds(10)))
    // Not now means not at all.
    guard let lease = try await lock.tryLock() else { return print("somebody else does it") }
    try await bill(lease.fence)
    try await lease.release()

    // At most so long.
    do {
        try await lock.withLock(timeout: .seconds(2)) { lease in try await bill(lease.fence) }
    } catch let error as RedisError where error.code == .timedOut {
        print("still busy:", error)
    } catch let error as RedisError where error.code == .leaseLost {
        print("lost while it ran:", error, error.underlyingError as Any)
    }
}

func shareWork(_ client: RedisClient, _ work: @escaping @Sendable () async throws -> Void) async throws {
    let downloads = try RedisSemaphore("downloads", limit: 4, on: client)
    try await downloads.withPermit { _ in try await work() }

    // A writer that waits keeps new readers out.
    let prices = try RedisReadWriteLock("prices", on: client)
    try await prices.reading.withLock { _ in try await work() }
    try await prices.writing.withLock { _ in try await work() }
}

// A plain thread has the same calls under `blocking`.
func onAThread(_ lock: RedisLock, _ work: () throws -> Void) throws {
    try lock.blocking.withLock(timeout: .seconds(5)) { lease in
        try work()
        try lease.checkValid()
    }
}

func weather(
    _ client: RedisClient,
    fetch: @escaping @Sendable () async throws -> String
) async throws -> String {
    if let stored = try await client.get("weather", as: String.self) { return stored }
    return try await client.withFetchLock("weather:fetch") { role in
        if case .follower(let follower) = role {
            switch try await follower.wait(timeout: .seconds(2)) {
            case .fetched: return try await client.get("weather", as: String.self) ?? "unknown"
            case .timedOut: return "unknown"
            case .promoted: break
            }
        }
        let weather = try await fetch()
        try await client.set("weather", weather, expiry: .after(.seconds(600)))
        return weather
    }
}

func sendMail(_ client: RedisClient, to host: String, _ send: () async throws -> Void) async throws {
    // At most once in fifteen seconds for each host. Several names are taken together, or none of them.
    switch try await RedisCooldown(on: client).acquire([host], for: .seconds(15)) {
    case .granted: try await send()
    case .denied(let retryAfter, let held): print("\(held) again in \(retryAfter)")
    }
}

func answer(_ user: String, _ limiter: RateLimiter, _ serve: () async throws -> Void) async throws {
    switch try await limiter.attempt(user) {
    case .allowed(let remaining, _):
        try await serve()
        print("\(remaining) left")
    case .denied(let retryAfter): print("429, Retry-After: \(retryAfter)")
    case .never: print("too much at once")
    }
    // Or as soon as it is allowed: the turn is reserved at once, and then only time has to pass.
    try await limiter.wait(for: user, timeout: .seconds(5))
    try await serve()
}

func makeLimiter(_ client: RedisClient) throws -> RateLimiter {
    // Both have to allow it: 10 a second, and 1000 an hour with at most 100 at once.
    let limits = [RateLimit(10, per: .seconds(1)), RateLimit(1000, per: .seconds(3600), burst: 100)]
    return try RateLimiter("api", limits, on: client)
}

@Suite("The examples of the toolkit", .tags(.server), .timeLimit(.minutes(1)))
struct ToolkitExamplesTests {
    @Test("are those of its page")
    func examples() throws {
        let page = try PageExamples(of: "LocksAndLimits.md")
        #expect(page.examples.count == 4)
        #expect(try page.missing(in: #filePath) == [])
    }

    @Test("do what they say")
    func run() async throws {
        try await withClient { server, client in
            let fences = Collector<Int>()
            try await billOrders(client) { fences.add($0) }
            #expect(fences.all.count == 3)
            #expect(fences.all == fences.all.sorted())
            let works = Collector<Int>()
            try await shareWork(client) { works.add(1) }
            #expect(works.all.count == 3)
            #expect(try await weather(client) { "sunny" } == "sunny")
            #expect(try await weather(client) { "rainy" } == "sunny")
            try await sendMail(client, to: "smtp.example.com") { works.add(2) }
            try await sendMail(client, to: "smtp.example.com") { works.add(3) }
            try await answer("anna", makeLimiter(client)) { works.add(4) }
            #expect(works.all == [1, 1, 1, 2, 4, 4])
            #expect(try server.command("EXISTS", "orders", "downloads", "prices", "weather:fetch") == "0")
        }
    }
}
