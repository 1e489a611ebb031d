import Foundation
import RedisStreams
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

// The examples of the article `StreamReaders.md`, letter for letter.

func shipOrders(
    _ client: RedisClient,
    positionsIn path: String,
    _ ship: @escaping @Sendable (StreamReader.Entry) async throws -> Void
) async throws {
    let cursor = DurableFileCursor(path: path)
    let start = try await cursor.start(of: "orders", else: .beginning)
    let reader = try StreamReader(of: "orders", from: start, on: client)
    try await reader.run(saving: cursor) { event in
        switch event {
        case .entry(let entry): try await ship(entry)
        case .gap(let gap): print("too late for", gap.missed.map { "\($0) entries" } ?? "some entries")
        case .rewound(let rewind): print("the server has lost what was shipped:", rewind)
        case .deleted(let stream): print("there is no stream any more:", stream)
        case .refused(let refusal): print("for now:", refusal.error)
        case .failed: break
        }
    }
}

func showPrices(
    _ client: RedisClient,
    _ pubsub: PubSub,
    worker: Int,
    of workers: Int,
    _ show: @escaping @Sendable (RedisBytes) -> Void
) async throws {
    let prices = try PartitionedChannels("prices", count: 128)
    try await prices.subscribe(
        to: prices.partitions(ofWorker: worker, among: workers),
        on: pubsub,
        handler: .calling { show($0.payload) }
    )
    try await prices.publish("1.0843", of: "EURUSD", on: client)
}

@Suite("The examples of streams", .tags(.server), .timeLimit(.minutes(1)))
struct StreamExampleTests {
    private struct Enough: Error {}

    @Test("are those of their page")
    func examples() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let article = root.appendingPathComponent("Sources/RedisStreams/Documentation.docc/StreamReaders.md")
        let page = try String(contentsOf: article, encoding: .utf8)
        let source = try String(contentsOf: here, encoding: .utf8)
        let examples = page.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 2)
        for example in examples {
            let body = example.replacing(#/^(import [A-Za-z]+\n)+\n/#, with: "")
            #expect(source.contains(body), "\(body)")
        }
    }

    @Test("do what they say")
    func run() async throws {
        try await withClient { server, client in
            try await withFolder { folder in
                for number in 0..<4 { try await client.xadd("orders", ["n": "\(number)"]) }
                let shipped = Collector<String>()
                for round in 1...3 {
                    await #expect(throws: Enough.self) {
                        try await shipOrders(client, positionsIn: folder + "/cursor") { entry in
                            if shipped.all.count == round { throw Enough() }
                            shipped.add(entry["n"]?.text ?? "?")
                        }
                    }
                }
                #expect(shipped.all == ["0", "1", "2"])
            }
            let pubsub = try PubSub(server.configuration())
            let shown = Collector<RedisBytes>()
            let partition = try PartitionedChannels("prices").partition(of: "EURUSD")
            try await showPrices(client, pubsub, worker: partition < 64 ? 0 : 1, of: 2) { shown.add($0) }
            let listener = try pubsub.runInThread()
            #expect(try await eventually { shown.all == ["1.0843"] })
            listener.stop()
            await pubsub.close()
        }
    }
}
