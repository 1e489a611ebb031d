import RedisRESP
import RedisReactor
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("One load for all that ask", .tags(.unit), .timeLimit(.minutes(1)))
struct FlightTests {
    private struct Failure: Error {}

    /// Opens for all that wait.
    private final class Barrier: Sendable {
        private let isOpen = Locked(false)

        func open() { isOpen.withLock { $0 = true } }

        func passed() async throws { _ = try await eventually { isOpen.withLock { $0 } } }
    }

    @Test("gives its value, or its error, to all")
    func shared() async throws {
        let flights = Flights()
        for isFailing in [false, true] {
            let gate = Barrier()
            let loads = Locked(0)
            let (first, isNew) = flights.join("k", as: Int.self)
            #expect(isNew)
            first.start {
                loads.withLock { $0 += 1 }
                try await gate.passed()
                if isFailing { throw Failure() }
                return 7
            } whenDone: {
                flights.remove("k", first)
            }
            let others = (0..<50).map { _ in flights.join("k", as: Int.self) }
            #expect(others.allSatisfy { $0.flight === first && !$0.isNew })
            let results = Task {
                await withTaskGroup(of: Int?.self) { group in
                    for flight in [first] + others.map(\.flight) { group.addTask { try? await flight.value() } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
            gate.open()
            #expect(await results.joined == Array(repeating: isFailing ? nil : 7, count: 51))
            #expect(loads.withLock { $0 } == 1)
            let (next, isNewAgain) = flights.join("k", as: Int.self)
            #expect(isNewAgain && next !== first)
            flights.detach("k")
        }
    }

    @Test("goes on when one of them gives up, and ends with the last one")
    func cancelled() async throws {
        let flights = Flights()
        let isCancelled = Locked(false)
        let (flight, _) = flights.join("k", as: Int.self)
        flight.start {
            do { try await untilCancelled() } catch { isCancelled.withLock { $0 = true } }
            throw Failure()
        } whenDone: {
        }
        _ = flights.join("k", as: Int.self)
        let first = Task { try await flight.value() }
        let second = Task { try await flight.value() }
        first.cancel()
        let error = await #expect(throws: RedisError.self) { try await first.joined }
        #expect(error?.code == .cancelled)
        #expect(!isCancelled.withLock { $0 })
        second.cancel()
        _ = await second.joinedResult
        #expect(try await eventually { isCancelled.withLock { $0 } })
        // Nobody joins a load that ends without a value.
        let (next, isNew) = flights.join("k", as: Int.self)
        #expect(isNew && next !== flight)
    }

    @Test("is not joined any more when its key has changed, and does not end another one's")
    func detached() async throws {
        let flights = Flights()
        let (old, _) = flights.join("k", as: Int.self)
        let (other, _) = flights.join("other", as: Int.self)
        flights.detach("k")
        let (new, isNew) = flights.join("k", as: Int.self)
        #expect(isNew && new !== old)
        flights.remove("k", old)
        #expect(flights.join("k", as: Int.self).flight === new)
        #expect(flights.join("other", as: Int.self).flight === other)
        flights.detachAll()
        #expect(flights.join("other", as: Int.self).isNew)
    }
}
