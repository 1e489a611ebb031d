/// A result that one side completes and another waits for, as a task or as a plain thread. The first result counts.
package final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<Value, RedisError>, Never>)
        case blocked(Parker)
        case called(@Sendable (Result<Value, RedisError>) -> Void)
        case completed(Result<Value, RedisError>)
    }

    private let state = Locked(State.open)

    package init() {}

    /// A promise without a waiter: whoever completes it calls `body` with the result.
    package init(_ body: @escaping @Sendable (Result<Value, RedisError>) -> Void) {
        state.withLock { $0 = .called(body) }
    }

    /// Completes the promise, unless it is completed already.
    package func complete(_ result: Result<Value, RedisError>) { _ = completeFirst(result) }

    /// The same. Returns whether this result is the first one, so that it counts.
    package func completeFirst(_ result: Result<Value, RedisError>) -> Bool {
        let waiting = state.withLock { state -> State in
            if case .completed = state { return state }
            defer { state = .completed(result) }
            return state
        }
        switch waiting {
        case .awaited(let continuation): continuation.resume(returning: result)
        case .blocked(let parker): parker.unpark()
        case .called(let body): body(result)
        case .open: break
        case .completed: return false
        }
        return true
    }

    /// Whether there is a result, of either side: the waiter may have given up.
    package var isCompleted: Bool {
        if case .completed = state.withLock({ $0 }) { return true }
        return false
    }

    /// Suspends until there is a result. If the task is cancelled, throws `.cancelled`.
    package func value() async throws(RedisError) -> Value {
        let outcome = await withTaskCancellationHandler {
            await self.result()
        } onCancel: {
            complete(.failure(RedisError(.cancelled, "the task was cancelled")))
        }
        return try outcome.get()
    }

    /// Suspends until there is a result, even if the task is cancelled.
    package func result() async -> Result<Value, RedisError> {
        await withCheckedContinuation { continuation in
            let completed = state.withLock { state -> Result<Value, RedisError>? in
                if case .completed(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let completed { continuation.resume(returning: completed) }
        }
    }

    /// Blocks the thread until there is a result. After `deadline`, throws `.timedOut`.
    package func waitBlocking(until deadline: ContinuousClock.Instant? = nil) throws(RedisError) -> Value {
        let parker = Parker()
        state.withLock { state in
            if case .open = state { state = .blocked(parker) }
        }
        while true {
            if case .completed(let result) = state.withLock({ $0 }) { return try result.get() }
            if !parker.park(until: deadline) { complete(.failure(RedisError(.timedOut, "no answer in time"))) }
        }
    }
}
