@_exported public import ClientTestSupport
import RedisCore
import RedisStreams
import RedisTesting
import Testing

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
