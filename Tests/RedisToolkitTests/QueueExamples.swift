import RedisTesting
import RedisToolkit
import TestSupport
import Testing

// The examples of the article `QueuesAndComponents.md`, letter for letter.

func pass(_ client: RedisClient, _ send: (RedisBytes) async throws -> Void) async throws {
    let queue = MessageQueue("mail", on: client)
    try await queue.put("hello")
    try await queue.put(["several", "in one step"])

    // One, or as many as there are.
    let first = try await queue.get(timeout: .seconds(5))
    let rest = try await queue.get(upTo: 100)
    for message in [first] + rest { try await send(message) }

    // Nothing came in time.
    do {
        _ = try await queue.get(timeout: .milliseconds(150))
    } catch {
        print(error.code == .timedOut ? "nothing came" : "\(error)")
    }
}

// Until the task is cancelled.
func passOn(_ queue: MessageQueue, _ send: (RedisBytes) async throws -> Void) async throws {
    for try await message in queue.messages { try await send(message) }
}

func handleAll(_ queue: MessageQueue, _ handle: (RedisBytes) async throws -> Void) async throws {
    let consumer = try queue.consumer()
    // Acknowledged when the closure returns, given back when it throws.
    try await consumer.run(onError: { print("again later:", $0) }) { message in try await handle(message) }
    try await consumer.close()
}

func handleOne(_ consumer: MessageQueue.Consumer, _ handle: (RedisBytes) async throws -> Void) async throws {
    let delivery = try await consumer.get()
    do {
        try await handle(delivery.message)
        try await delivery.acknowledge()
    } catch {
        try await delivery.giveBack()
    }
}

func useComponents(_ configurationClient: RedisClient) async throws -> Int {
    let store = try RedisConfigurationStore(configurationClient)
    let components = RedisComponents(store)
    try await components.withConnection(to: "logs") { client in
        _ = try await client.lpush("recent", "started")
    }

    // The client is added in front of the arguments.
    let count = components.bind("statistics") { (client: RedisClient, page: String) in
        try await client.incr(page)
    }
    return try await count("index")
}

struct Limits: Codable, Sendable { var perMinute: Int }

func follow(_ store: RedisConfigurationStore, _ apply: (Limits?) -> Void) async throws {
    try await store.set(Limits(perMinute: 100), type: "app", component: "api")
    for await limits in store.changes(Limits.self, type: "app", component: "api") { apply(limits) }
}

func record(_ client: RedisClient, _ render: () async throws -> String) async throws -> String {
    try await RedisRecentLog(client).add("index was asked for", to: "web")
    let times = RedisAccessTimes(client)
    let page = try await times.measure("index") { try await render() }
    if let hour = try await times.statistics(of: "index") { print(hour.count, hour.average, hour.maximum) }
    return page
}

@Suite("The examples of queues and components", .tags(.server), .timeLimit(.minutes(1)))
struct QueueExamplesTests {
    @Test("are those of their page")
    func examples() throws {
        let page = try PageExamples(of: "QueuesAndComponents.md")
        #expect(page.examples.count == 5)
        #expect(try page.missing(in: #filePath) == [])
    }

    @Test("do what they say")
    func run() async throws {
        try await withClient { server, client in
            let sent = Collector<RedisBytes>()
            try await pass(client) { sent.add($0) }
            #expect(sent.all == ["hello", "several", "in one step"])
            let queue = MessageQueue("mail", on: client)
            let passing = Task { try await passOn(queue) { sent.add($0) } }
            try await queue.put("later")
            #expect(try await eventually { sent.all.last == "later" })
            passing.cancel()
            try await passing.joined
            let handling = Task { try await handleAll(queue) { sent.add($0) } }
            try await queue.put("at least once")
            #expect(try await eventually { sent.all.last == "at least once" })
            handling.cancel()
            try await handling.joined
            try await queue.put("one")
            let consumer = try queue.consumer()
            try await handleOne(consumer) { sent.add($0) }
            #expect(sent.all.last == "one")
            try await consumer.close()
            for component in ["logs", "statistics"] {
                try server.command("SET", "config:redis:\(component)", #"{"url":"\#(server.url)"}"#)
            }
            #expect(try await useComponents(client) == 1)
            let store = try RedisConfigurationStore(client)
            let applied = Collector<Int>()
            let following = Task { try await follow(store) { if let limits = $0 { applied.add(limits.perMinute) } } }
            #expect(try await eventually { applied.all.last == 100 })
            following.cancel()
            try await following.joined
            #expect(try await record(client) { "page" } == "page")
            #expect(try await RedisAccessTimes(client).statistics(of: "index")?.count == 1)
        }
    }
}
