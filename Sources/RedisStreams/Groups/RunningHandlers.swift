internal import RedisCore
internal import RedisPOSIX
internal import RedisReactor

/// The handlers that a run has called and that have not ended. Any thread may call.
final class RunningHandlers: Sendable {
    private struct State: Sendable {
        /// How many there are, also those whose tasks are not known yet.
        var count = 0
        var tasks: [ObjectIdentifier: Task<Void, Never>] = [:]
        /// Those that have ended, or were lost, before their tasks were known.
        var ended: Set<ObjectIdentifier> = []
        var lost: Set<ObjectIdentifier> = []
        var roomWaiter: Promise<Void>?
        var isCancelled = false
    }

    private let limit: Int
    private let state = Locked(State())

    init(limit: Int) { self.limit = limit }

    /// Waits until one more may be called.
    ///
    /// - Throws: `.cancelled`.
    func waitForRoom() async throws(RedisError) {
        while true {
            let promise = state.withLock { state -> Promise<Void>? in
                guard state.count >= limit else { return nil }
                let promise = Promise<Void>()
                state.roomWaiter = promise
                return promise
            }
            guard let promise else { return }
            try await promise.value()
        }
    }

    /// Calls a handler in a task of its own.
    func call(_ entry: HeldEntry, _ body: @escaping @Sendable () async -> Void) {
        let id = ObjectIdentifier(entry)
        state.withLock { $0.count += 1 }
        let task = Task { [self] in
            await body()
            ended(id)
            // The name is this entry's until here.
            withExtendedLifetime(entry) {}
        }
        let isOver = state.withLock { state in
            if state.ended.remove(id) != nil {
                state.lost.remove(id)
                return false
            }
            state.tasks[id] = task
            return state.isCancelled || state.lost.remove(id) != nil
        }
        if isOver { task.cancel() }
    }

    private func ended(_ id: ObjectIdentifier) {
        let waiter = state.withLock { state -> Promise<Void>? in
            state.count -= 1
            if state.tasks.removeValue(forKey: id) == nil { state.ended.insert(id) }
            return state.roomWaiter.take()
        }
        waiter?.complete(.success(()))
    }

    /// Cancels the handler of an entry that is lost.
    func cancel(_ id: ObjectIdentifier) {
        let task = state.withLock { state in
            let task = state.tasks[id]
            if task == nil, state.count > state.tasks.count { state.lost.insert(id) }
            return task
        }
        task?.cancel()
    }

    /// Cancels all handlers, and returns when they have ended.
    func end() async {
        let tasks = state.withLock { state in
            state.isCancelled = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
