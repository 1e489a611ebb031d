internal import RedisCore
internal import RedisEvents

/// One load of a key, for all callers in this process that want its value. Any thread may call.
package final class Flight<Value: Sendable>: Sendable {
    package typealias Outcome = Result<Value, any Error>

    private struct State: Sendable {
        var outcome: Outcome?
        /// How many callers have joined and not given up.
        var callers = 1
        var waiters: [Int: Promise<Outcome>] = [:]
        var lastWaiter = 0
        var task: Task<Void, Never>?
        var isAbandoned = false
    }

    private let state = Locked(State())

    package init() {}

    /// Adds a caller, who has to call `value`. Returns `false` when all before it have given up, so that the load ends
    /// without a value.
    package func enter() -> Bool {
        state.withLock { state in
            if !state.isAbandoned { state.callers += 1 }
            return !state.isAbandoned
        }
    }

    /// Begins the load. It goes on while somebody waits, whoever has begun it; when the last one has given up, its task
    /// is cancelled.
    package func start(_ load: @escaping @Sendable () async throws -> Value, whenDone: @escaping @Sendable () -> Void) {
        let task = Task {
            let outcome: Outcome
            do { outcome = .success(try await load()) } catch { outcome = .failure(error) }
            whenDone()
            complete(outcome)
        }
        let isAbandoned = state.withLock { state in
            if state.outcome == nil { state.task = task }
            return state.isAbandoned
        }
        if isAbandoned { task.cancel() }
    }

    /// Suspends until the load has ended. Each caller calls it once.
    ///
    /// - Throws: What the load throws; `.cancelled` when the caller's task is cancelled, while the load goes on if
    ///   others wait for it.
    package func value() async throws -> Value {
        let promise = Promise<Outcome>()
        let (id, outcome) = state.withLock { state -> (Int, Outcome?) in
            state.lastWaiter += 1
            if state.outcome == nil { state.waiters[state.lastWaiter] = promise }
            return (state.lastWaiter, state.outcome)
        }
        if let outcome { return try outcome.get() }
        let result = await withTaskCancellationHandler {
            await promise.result()
        } onCancel: {
            leave(id)
        }
        return try result.get().get()
    }

    /// Ends the wait of one. The load ends with the last one's.
    private func leave(_ id: Int) {
        let (promise, task) = state.withLock { state -> (Promise<Outcome>?, Task<Void, Never>?) in
            let promise = state.waiters.removeValue(forKey: id)
            if promise != nil { state.callers -= 1 }
            guard promise != nil, state.callers == 0 else { return (promise, nil) }
            state.isAbandoned = true
            return (promise, state.task)
        }
        promise?.complete(.failure(RedisError(.cancelled, "the task was cancelled", phase: .command)))
        task?.cancel()
    }

    private func complete(_ outcome: Outcome) {
        let waiters = state.withLock { state in
            state.outcome = outcome
            state.task = nil
            return exchange(&state.waiters, with: [:])
        }
        for promise in waiters.values { promise.complete(.success(outcome)) }
    }
}

/// The loads of all keys of a cache that are under way in this process. Any thread may call.
package final class Flights: Sendable {
    private let table = Locked<[RedisBytes: any AnyObject & Sendable]>([:])

    package init() {}

    /// The load of a key, which the caller has joined, and whether the caller has to start it.
    package func join<Value: Sendable>(_ key: RedisBytes, as type: Value.Type) -> (flight: Flight<Value>, isNew: Bool) {
        table.withLock { table in
            if let flight = table[key] as? Flight<Value>, flight.enter() { return (flight, false) }
            let flight = Flight<Value>()
            table[key] = flight
            return (flight, true)
        }
    }

    /// Notes that a load has ended.
    package func remove(_ key: RedisBytes, _ flight: any AnyObject & Sendable) {
        table.withLock { table in
            if let current = table[key], current === flight { table[key] = nil }
        }
    }

    /// Lets whoever comes from now on begin a load of their own: what those under way bring may be older than a change
    /// of the key.
    package func detach(_ key: RedisBytes) {
        let flight = table.withLock { $0.removeValue(forKey: key) }
        _ = consume flight
    }

    /// Detaches the loads of all keys of an invalidation.
    package func detach(all list: RedisBytes) {
        let flights = table.withLock { table -> [any AnyObject & Sendable] in
            guard !table.isEmpty else { return [] }
            var flights: [any AnyObject & Sendable] = []
            KeyList.forEach(in: list) { range in
                if let flight = table.removeValue(forKey: list.slice(range)) { flights.append(flight) }
            }
            return flights
        }
        _ = consume flights
    }

    /// Detaches the loads of all keys.
    package func detachAll() {
        let flights = table.withLock { exchange(&$0, with: [:]) }
        _ = consume flights
    }
}
