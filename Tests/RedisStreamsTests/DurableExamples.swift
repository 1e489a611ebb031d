import Foundation
import RedisStreams
import RedisTesting
import TestSupport
import Testing

// The example of the article `DurableChannels.md`, letter for letter.

func billOrders(
    _ client: RedisClient,
    positionsIn path: String,
    _ bill: @escaping @Sendable (RedisBytes) async throws -> Void
) async throws {
    let orders = try DurableChannel("orders", on: client, keeping: .last(100_000))
    try await orders.publish("{\"id\": 17}")

    let cursor = DurableFileCursor(path: path)
    let start = try await cursor.start(of: "orders", else: .beginning)
    let reader = try orders.subscription(from: start)
    try await reader.run(saving: cursor) { event in
        switch event {
        case .message(let message), .replayed(let message): try await bill(message.payload)
        case .gap(let gap): print("too late for", gap.missed.map { "\($0) messages" } ?? "some messages")
        case .rewound(let rewind): print("the server has lost what was billed:", rewind)
        case .foreign, .link, .refused, .failed: break
        }
    }
}

@Suite("The example of durable channels", .tags(.server), .timeLimit(.minutes(1)))
struct DurableExampleTests {
    private struct Enough: Error {}

    @Test("is that of its page")
    func example() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let article = root.appendingPathComponent("Sources/RedisStreams/Documentation.docc/DurableChannels.md")
        let page = try String(contentsOf: article, encoding: .utf8)
        let source = try String(contentsOf: here, encoding: .utf8)
        let examples = page.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 1)
        for example in examples {
            let body = example.replacing(#/^(import [A-Za-z]+\n)+\n/#, with: "")
            #expect(source.contains(body), "\(body)")
        }
    }

    @Test("does what it says: a run that fails bills the order that it failed with again, and no other")
    func run() async throws {
        try await withClient { _, client in
            try await withFolder { folder in
                let billed = Collector<RedisBytes>()
                for round in 1...3 {
                    await #expect(throws: Enough.self) {
                        try await billOrders(client, positionsIn: folder + "/cursor") { payload in
                            if billed.all.count == round { throw Enough() }
                            billed.add(payload)
                            // What it fails with.
                            try await DurableChannel("orders", on: client).publish("\(round)")
                        }
                    }
                }
                #expect(billed.all.count == 3)
                let ids = try await client.xrange("orders").map { $0["p"] }
                #expect(billed.all == ids.prefix(3).map { $0 ?? "" })
            }
        }
    }
}
