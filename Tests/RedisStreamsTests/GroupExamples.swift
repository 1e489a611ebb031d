import Foundation
import RedisStreams
import RedisTesting
import TestSupport
import Testing

// The examples of the article `GroupsAndQueues.md`, letter for letter.

func bill(_ client: RedisClient, _ send: @escaping @Sendable (RedisBytes?) async throws -> Void) async throws {
    var options = StreamGroupOptions()
    options.visibility = .seconds(30)
    options.maxAttempts = 5
    let group = try StreamGroup("orders", group: "billing", on: client, options: options)
    try await group.run(concurrency: 8) { event in
        print(event)
    } _: { delivery in
        try await send(delivery["item"])
    }
}

func insertAll(_ group: StreamGroup, _ insert: @escaping @Sendable ([RedisBytes]) async throws -> Void) async throws {
    try await group.run(inBatchesOf: 100, concurrency: 4) { deliveries in
        try await insert(deliveries.compactMap { $0["item"] })
    }
}

func readOne(_ group: StreamGroup, _ handle: (StreamGroup.Delivery) async throws -> Bool) async throws {
    for try await event in group.events {
        guard let delivery = event.delivery else { continue }
        if try await handle(delivery) {
            try await delivery.acknowledge()
        } else {
            try await delivery.giveBack()
        }
    }
}

func useQueue(_ client: RedisClient, _ send: @escaping @Sendable (RedisBytes) async throws -> Void) async throws {
    var options = RedisQueueOptions()
    options.capacity = 100_000
    options.priorities = 2
    let queue = try RedisQueue("mail", on: client, options: options)

    try await queue.put("hello")
    try await queue.put(contentsOf: ["several", "in one step"])
    try await queue.put("urgent", priority: 1)
    try await queue.put("later", delayedBy: .seconds(60))
    try await queue.putPeriodically("report", named: "daily", every: .seconds(86_400))

    try await queue.run(concurrency: 8) { message in try await send(message.payload) }
}

func end(_ queue: RedisQueue) async throws {
    let isDone = await queue.drain(within: .seconds(10))
    let statistics = try await queue.statistics()
    print(isDone, statistics.waiting, statistics.inFlight, statistics.oldestAge ?? .zero)
}

@Suite("The examples of consumer groups and queues", .tags(.server), .timeLimit(.minutes(1)))
struct GroupExampleTests {
    @Test("are those of their page")
    func examples() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let article = root.appendingPathComponent("Sources/RedisStreams/Documentation.docc/GroupsAndQueues.md")
        let page = try String(contentsOf: article, encoding: .utf8)
        let source = try String(contentsOf: here, encoding: .utf8)
        let examples = page.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 4)
        for example in examples {
            let body = example.replacing(#/^(import [A-Za-z]+\n)+\n/#, with: "")
            #expect(source.contains(body), "\(body)")
        }
    }

    @Test("do what they say")
    func run() async throws {
        try await withClient { _, client in
            let billed = Collector<RedisBytes?>()
            try await client.xadd("orders", ["item": "book"])
            let billing = Task { try await bill(client) { billed.add($0) } }
            #expect(try await eventually { billed.all == ["book"] })
            billing.cancel()
            try await billing.joined

            let sent = Collector<RedisBytes>()
            let sending = Task { try await useQueue(client) { sent.add($0) } }
            #expect(try await eventually { Set(sent.all) == ["hello", "several", "in one step", "urgent"] })
            sending.cancel()
            try await sending.joined
            let queue = try RedisQueue("mail", on: client)
            #expect(try await queue.statistics().delayed == 2)
            try await end(queue)

            let group = try StreamGroup("orders", group: "other", on: client)
            let reading = Task {
                try await readOne(group) { delivery in
                    billed.add(delivery["item"])
                    return true
                }
            }
            #expect(try await eventually { billed.all == ["book", "book"] })
            await group.close()
            try await reading.joined
        }
    }
}
