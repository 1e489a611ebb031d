import RedisCore
import RedisStreams
import RedisTesting
import Testing

extension RedisServer {
    /// A configuration that reaches this server.
    func configuration() throws -> RedisConfiguration { try RedisConfiguration(url: url) }
}

/// Runs `body` with a server of its own and a client, which is closed afterwards.
func withClient(
    _ options: RedisServerOptions = .init(),
    _ configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisServer, RedisClient) async throws -> Void
) async throws {
    try await withRedisServer(options) { server in
        var configuration = try server.configuration()
        configure(&configuration)
        let client = try RedisClient(configuration)
        do {
            try await body(server, client)
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }
}

/// What a test reads of a durable subscription, and what it has read so far.
struct DurableLog {
    private(set) var texts: [String] = []
    private(set) var replayed = 0
    private(set) var gaps: [DurableSubscription.Gap] = []
    private(set) var rewinds: [DurableSubscription.Rewind] = []
    private(set) var foreign: [DurableSubscription.Foreign] = []
    private(set) var refusals: [DurableSubscription.Refusal] = []
    private(set) var positions: [DurablePosition] = []

    mutating func add(_ event: DurableSubscription.Event) {
        switch event {
        case .message(let message):
            texts.append(message.text ?? "?")
            positions.append(message.position)
        case .replayed(let message):
            texts.append(message.text ?? "?")
            positions.append(message.position)
            replayed += 1
        case .gap(let gap): gaps.append(gap)
        case .rewound(let rewind): rewinds.append(rewind)
        case .foreign(let item): foreign.append(item)
        case .refused(let refusal): refusals.append(refusal)
        case .link: break
        case .failed(let error): Issue.record("failed: \(error)")
        }
    }

    /// Reads until the condition holds.
    mutating func read(
        _ subscription: DurableSubscription,
        until isDone: (DurableLog) -> Bool,
        within limit: Duration = .seconds(20)
    ) async throws {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while !isDone(self) {
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else {
                Issue.record("it did not come within \(limit): \(texts.count) messages, \(gaps), \(rewinds)")
                return
            }
            guard case .event(let event) = try await subscription.next(timeout: rest) else { continue }
            add(event)
        }
    }
}

/// Collects from tasks and threads.
final class Collector<Item: Sendable>: Sendable {
    private let items = Locked<[Item]>([])

    var all: [Item] { items.withLock { $0 } }

    func add(_ item: Item) { items.withLock { $0.append(item) } }
}
