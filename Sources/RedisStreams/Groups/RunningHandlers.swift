internal import RedisCore
internal import RedisPOSIX
internal import RedisReactor
internal import Synchronization

/// The handlers that a run has called and that have not ended. Any thread may call.
final class RunningHandlers: Sendable {
    private struct Handler: Sendable {
        let entries: [HeldEntry]
        /// `nil` until it is known.
        var task: Task<Void, Never>?
    }

    private struct State: Sendable {
        var handlers: [Int: Handler] = [:]
        var lastHandler = 0
        var roomWaiter: Promise<Void>?
        var isCancelled = false
    }

    private let limit: Int
    private let batchSize: Int
    private let entryLimitChanged: @Sendable () -> Void
    private let state = Locked(State())

    /// - Parameters:
    ///   - limit: How many handlers there may be at a time.
    ///   - batchSize: How many entries each may have.
    ///   - entryLimitChanged: Called when `entryLimit` may have changed.
    init(limit: Int, batchSize: Int, entryLimitChanged: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.batchSize = batchSize
        self.entryLimitChanged = entryLimitChanged
    }

    /// How many entries the handlers have and can have: those that run get no more, though they may have few.
    var entryLimit: Int {
        let (free, held) = state.withLock { state in
            (limit - state.handlers.count, state.handlers.values.reduce(0) { $0 + $1.entries.count })
        }
        let (room, isTooLarge) = free.multipliedReportingOverflow(by: batchSize)
        return isTooLarge ? .max : room.addingSaturating(held)
    }

    /// What `entryLimit` is does not change while each handler has one entry.
    private func noteEntryLimit() { if batchSize > 1 { entryLimitChanged() } }

    /// Waits until one more may be called. Returns how many may be.
    ///
    /// - Throws: `.cancelled`.
    func waitForRoom() async throws(RedisError) -> Int {
        while true {
            let (room, promise) = state.withLock { state -> (Int, Promise<Void>?) in
                let room = limit - state.handlers.count
                if room > 0 { return (room, nil) }
                let promise = Promise<Void>()
                state.roomWaiter = promise
                return (0, promise)
            }
            guard let promise else { return room }
            try await promise.value()
        }
    }

    /// Calls a handler for these deliveries in a task of its own.
    func call(
        _ deliveries: [StreamGroup.Delivery],
        _ body: @escaping @Sendable ([StreamGroup.Delivery]) async -> Void
    ) {
        let entries = deliveries.map(\.held)
        let number = state.withLock { state in
            state.lastHandler += 1
            state.handlers[state.lastHandler] = Handler(entries: entries)
            return state.lastHandler
        }
        for entry in entries { entry.handlerNumber.store(number, ordering: .releasing) }
        noteEntryLimit()
        let task = Task { [self] in
            await body(deliveries)
            ended(number)
        }
        let isCancelled = state.withLock { state in
            state.handlers[number]?.task = task
            return state.isCancelled
        }
        // One may have been lost while the task was not known.
        if isCancelled || entries.contains(where: \.isLost) { task.cancel() }
    }

    private func ended(_ number: Int) {
        let (handler, waiter) = state.withLock { state in
            (state.handlers.removeValue(forKey: number), state.roomWaiter.take())
        }
        noteEntryLimit()
        waiter?.complete(.success(()))
        // What lets go of entries has a lock of its own.
        withExtendedLifetime(handler) {}
    }

    /// Cancels the handler of an entry that is lost.
    func cancel(_ entry: HeldEntry) {
        let number = entry.handlerNumber.load(ordering: .acquiring)
        // It may be another run's number.
        let handler = state.withLock { $0.handlers[number] }
        if let handler, handler.entries.contains(where: { $0 === entry }) { handler.task?.cancel() }
    }

    /// Cancels all handlers, and returns when they have ended.
    func end() async {
        let tasks = state.withLock { state in
            state.isCancelled = true
            return state.handlers.values.compactMap(\.task)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}

extension Int {
    /// The sum, or the largest number where it is larger.
    func addingSaturating(_ other: Int) -> Int {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
