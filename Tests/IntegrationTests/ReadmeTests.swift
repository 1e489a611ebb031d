import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import RwatchKit
import TestSupport
import Testing

// The examples of README.md, letter for letter: that they compile is the test, and that they are the same is another.

func oneAtATime(_ pubsub: PubSub) async throws {
    switch try await pubsub.getMessage(timeout: .seconds(1)) {
    case .event(let event): print(event)
    case .handled: print("a handler took it")
    case .nothing: print("nothing came")
    case .closed: print("closed")
    }
}

func blockingThread(_ pubsub: PubSub) throws {
    try pubsub.blocking.subscribe("orders")
    for event in pubsub.listen() { print(event) }
}

func backgroundThread(_ pubsub: PubSub) throws -> RedisListenerThread {
    try pubsub.runInThread(name: "orders") { error, pubsub, thread in
        print("a handler threw", error)
        thread.stop()
    }
}

func everyCommand(_ url: String) async throws {
    let monitor = try Monitor(url)
    for try await event in monitor.events {
        if let command = event.command { print(command.source, command.name, command.arguments.dropFirst()) }
    }
}

func watchWithTokens(_ token: @escaping @Sendable () async throws -> String) async throws {
    var configuration = try RedisConfiguration(url: "rediss://redis.example")
    configuration.credentials = try RedisTokenManager(policy: RedisTokenPolicy(expirationRefreshRatio: 0.8)) {
        RedisAccessToken(try await token(), username: "app", lifetime: .seconds(3600))
    }
    let pubsub = try PubSub(configuration)
    try await pubsub.subscribe("orders")
    for try await event in pubsub.events { print(event) }
}

func latestPrices(_ pubsub: PubSub) async throws {
    let prices = try await pubsub.psubscription(
        to: "price.*",
        buffer: RedisBufferLimit(events: 100),
        overflow: .latestPerChannel
    )
    for try await event in prices.events { print(event) }
    print("at most \(prices.statistics.timeInQueue.percentile(0.99)) in the queue")
}

func everydayCommands(_ client: RedisClient, _ id: Int) async throws {
    try await client.set("user:\(id)", "Ada", expiry: .after(.seconds(3600)))
    let name = try await client.get("user:\(id)", as: String.self)
    print(name ?? "nobody", try await client.incr("visits"))

    // Several at once: one write, one wait, a result for each.
    let (count, ttl) = try await client.send(.incr("visits"), .ttl("user:\(id)"))
    print(try count.get(), try ttl.get())
    var batch = RedisBatch()
    for number in 0..<10_000 { batch.append(.hset("scores", "player:\(number)", number)) }
    if let failed = try await client.send(batch).firstError { print(failed.index, failed.error) }

    // All or nothing, and nobody else's command in between.
    let results = try await client.atomically {
        $0.append(.set("state", "ready"))
        $0.append(.incr("version"))
    }
    print(try results.get())

    // Read, decide, write: again from the beginning if somebody else has changed the key.
    let left = try await client.transaction(watching: ["stock"]) { tx in
        let stock = try await tx.get("stock", as: Int.self) ?? 0
        guard stock > 0 else { return 0 }
        _ = try await tx.commit(.set("stock", stock - 1))
        return stock - 1
    }

    // Blocks on a link of its own. Cancelled, it loses no element.
    print(left, try await client.send(["BLPOP", "jobs", 0]))
}

func whatBecameOfIt(_ client: RedisClient) async {
    do throws(RedisError) {
        try await client.incr("balance")
    } catch {
        switch error.execution {
        case .notExecuted: print("try again", error)
        case .executed: print("it ran", error)
        case .unknown: print("it may have run", error)
        }
    }
}

func watchSessions(_ url: String) async throws {
    let keys = try KeyspaceEvents(url, keys: ["session:*"], events: [.expired, .del])
    for try await event in keys.events {
        if let event = event.key { print(event.name, event.key, event.database) }
    }
}

func userName(_ id: String, _ cache: Invalidations.Cache<RedisBytes?>, _ client: RedisClient) async throws -> String? {
    let key = RedisBytes("user:\(id)")
    if let cached = cache[key] { return cached?.text }
    let ticket = cache.begin(key)
    let name = try await client.send(["GET", key]).bytes
    cache.fill(ticket, name)
    return name?.text
}

func greet(_ ids: [String], _ url: String, _ client: RedisClient) async throws {
    let cache = try Invalidations.Cache<RedisBytes?>(url, prefixes: ["user:"])
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await cache.run() }  // throws when the first connect fails, or the user may not track
        group.addTask {
            for id in ids { print("hello", try await userName(id, cache, client) ?? "stranger") }
            await cache.close()
        }
        for try await _ in group {}
    }
}

func watchCluster() async throws {
    let pubsub = try PubSub("redis+cluster://10.0.0.1:7000,10.0.0.2:7000")
    try await pubsub.ssubscribe("{shop}.stock", "{park}.stock")
    try await pubsub.psubscribe("cache.*")
    for try await event in pubsub.events {
        if case .gap(let gap) = event { print("missed", gap.names, gap.cause) }
        if let message = event.message { print(message.node as Any, message.channel, message.text ?? "") }
    }
}

func watchPrimary() async throws {
    let monitor = try Monitor("redis+sentinel://10.0.0.1,10.0.0.2,10.0.0.3/orders")
    for try await event in monitor.events { print(event.node as Any, event) }
}

@Suite("The README", .tags(.server))
struct ReadmeTests {
    @Test("shows examples that compile")
    func examples() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let source = try String(contentsOf: here, encoding: .utf8)
        let examples = readme.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 7)
        // The first one is a program of its own; `Tools/test` compiles it as one.
        for example in examples.dropFirst() {
            let body = example.replacing(#/^(import [A-Za-z]+\n)+\n/#, with: "")
            #expect(source.contains(body), "\(body)")
        }
    }

    @Test("has every letter of a format in its table, and no other")
    func letters() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let table = try #require(readme.firstRange(of: "| letter | of | is |"))
        let rows = readme[table.upperBound...].split(separator: "\n").dropFirst().prefix { $0.hasPrefix("|") }
        for (stream, word) in [(EventStreamKind.commands, "monitor"), (.messages, "sub"), (.keyEvents, "keys")] {
            let cells = rows.map { $0.split(separator: "|") }.filter { $0[1].contains(word) || $0[1].contains("all") }
            let letters = cells.flatMap { $0[0].matches(of: #/%([A-Za-z])/#).compactMap { $0.1.first } }
            #expect(letters.sorted() == EventTemplate.letters(of: stream).sorted(), "\(word)")
        }
    }

    @Test("shows options and words that rwatch knows", .tags(.once))
    func options() async throws {
        for words in [
            ["sub", "--help"], ["monitor", "--help"], ["keys", "--help"], ["pub", "--help"], ["channels", "--help"],
            ["replay", "--help"], ["stat", "--help"], ["bench", "--help"], ["demo", "--help"],
        ] {
            let rwatch = try RwatchProcess(words)
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.text.contains("USAGE: rwatch \(words[0])"))
        }
        let keys = try RwatchProcess(["keys", "--help"])
        _ = try await keys.status()
        for option in ["--events", "--enable", "-n", "--csv", "-F", "--redact"] {
            #expect(keys.text.contains(option), "\(option)")
        }
        let sub = try RwatchProcess(["sub", "--help"])
        _ = try await sub.status()
        for option in [
            "-h", "-p", "-s", "-u", "-a", "--user", "--key-pass-file", "--names-from", "-2", "-3", "-C", "--for",
            "--json", "--raw", "--unsafe-raw", "--csv", "-o", "-F", "-d", "-0", "-N", "--time", "--utc", "--max-arg",
            "--redact", "--binary", "--color", "-H", "--wait",
            "--no-reconnect", "--embedded", "--heartbeat", "-P", "-S", "--cluster", "--replicas", "--sentinel",
            "--node",
        ] {
            #expect(sub.text.contains(option), "\(option)")
        }
        let replay = try RwatchProcess(["replay", "--help"])
        _ = try await replay.status()
        for option in [
            "--speed", "--loop", "--dry-run", "--connections", "--max-pause", "--strict", "--primary", "--replicated",
            "--max-line", "-C", "--for", "--json", "--yes", "--where", "--key", "--channel",
        ] { #expect(replay.text.contains(option), "\(option)") }
        let stat = try RwatchProcess(["stat", "--help"])
        _ = try await stat.status()
        for option in ["-r", "-o", "--json", "--html", "--top", "--depth", "--strict", "--max-line"] {
            #expect(stat.text.contains(option), "\(option)")
        }
        let bench = try RwatchProcess(["bench", "--help"])
        _ = try await bench.status()
        for option in [
            "--pub", "--sub", "--channels", "--rate", "--size", "--for", "--shard", "--json", "--yes",
        ] { #expect(bench.text.contains(option), "\(option)") }
        let monitor = try RwatchProcess(["monitor", "--help"])
        _ = try await monitor.status()
        for option in ["--guard <size>", "--guard-exit"] { #expect(monitor.text.contains(option), "\(option)") }
    }
}
