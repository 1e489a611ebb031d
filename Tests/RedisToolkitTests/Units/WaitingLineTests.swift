import RedisReactor
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A line of those that wait", .tags(.unit), .timeLimit(.minutes(1)))
struct WaitingLineTests {
    private let denial = WaiterQueue.Denial(wait: nil, isSilent: false)

    private func soon() -> ContinuousClock.Instant { .now.advanced(by: .milliseconds(50)) }

    /// Whether the wait for a turn ends with that error.
    private func fails(_ code: RedisError.Code, _ body: () async throws -> WaitingLine.Turn) async -> Bool {
        let error = await #expect(throws: RedisError.self) { _ = try await body() }
        return error?.code == code
    }

    @Test("lets one try at once that comes when it is heard already, because it may have missed something")
    func joinsSubscribed() async throws {
        let line = WaitingLine(isExclusive: true, loop: try .shared)
        line.subscriptionChanged(isSubscribed: true)
        let place = line.join("a", after: denial)
        #expect(try await line.turn(of: place, until: soon()) == .attempt)
    }

    @Test("lets one wait that has just tried, until the subscription is confirmed")
    func joinsUnsubscribed() async throws {
        let line = WaitingLine(isExclusive: true, loop: try .shared)
        let place = line.join("a", after: denial)
        #expect(await fails(.timedOut) { try await line.turn(of: place, until: soon()) })
        line.subscriptionChanged(isSubscribed: true)
        #expect(try await line.turn(of: place, until: soon()) == .attempt)
    }

    @Test("lets one try at once that has not tried yet")
    func joinsUntried() async throws {
        let line = WaitingLine(isExclusive: true, loop: try .shared)
        let place = line.join("a", after: nil)
        #expect(try await line.turn(of: place, until: soon()) == .attempt)
    }

    @Test("does not let the next one sleep for the whole of another's lease if its end is not heard of")
    func looksUnsubscribed() async throws {
        let line = WaitingLine(isExclusive: true, loop: try .shared)
        let first = line.join("a", after: nil)
        let second = line.join("b", after: nil)
        #expect(try await line.turn(of: first, until: nil) == .attempt)
        line.leave(first, grantEnds: .now.advanced(by: .seconds(600)))
        #expect(try await line.turn(of: second, until: .now.advanced(by: .seconds(10))) == .attempt)
    }

    @Test("wakes the first one by a message, and the next one when that has left")
    func wakes() async throws {
        let line = WaitingLine(isExclusive: false, loop: try .shared)
        line.subscriptionChanged(isSubscribed: true)
        let first = line.join("a", after: nil)
        let second = line.join("b", after: nil)
        #expect(try await line.turn(of: first, until: nil) == .attempt)
        line.denied(first, denial)
        let waiting = Task { try await line.turn(of: first, until: nil) }
        let behind = Task { try await line.turn(of: second, until: nil) }
        line.heard(.released)
        #expect(try await waiting.joined == .attempt)
        line.leave(first)
        #expect(try await behind.joined == .attempt)
    }

    @Test("wakes the first one at its time, without a message")
    func timer() async throws {
        let line = WaitingLine(isExclusive: true, loop: try .shared)
        let place = line.join("a", after: WaiterQueue.Denial(wait: .milliseconds(20), isSilent: false))
        #expect(try await line.turn(of: place, until: nil) == .attempt)
    }

    @Test("lets one go that is cancelled, and wakes who is behind it")
    func cancelled() async throws {
        let line = WaitingLine(isExclusive: true, loop: try .shared)
        let first = line.join("a", after: denial)
        let second = line.join("b", after: denial)
        let waiting = Task { try await line.turn(of: first, until: nil) }
        waiting.cancel()
        #expect(await fails(.cancelled) { try await waiting.joined })
        line.leave(first)
        #expect(try await line.turn(of: second, until: nil) == .attempt)
    }
}
