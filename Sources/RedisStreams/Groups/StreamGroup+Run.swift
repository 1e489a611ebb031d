public import RedisCore
public import RedisEvents

extension StreamGroup {
    /// Calls a handler for each entry, several at a time, until the task is cancelled or the group is closed.
    ///
    /// An entry is acknowledged when its handler has returned, and rejected when it has thrown: then it comes again after
    /// the `retryDelay`, or goes to the dead letters. A handler may end its delivery itself. A throwing handler does not
    /// end the run.
    ///
    /// When the run ends, its handlers are cancelled and awaited, and entries that they have not ended are given back,
    /// which does not count as an attempt. `drain` lets them end first.
    ///
    /// - Parameters:
    ///   - concurrency: How many handlers may run at a time; at least 1.
    ///   - onEvent: Receives the events that are no deliveries, one at a time.
    ///   - onError: Receives what handlers throw, with the delivery, which is rejected then. It is called in the handler's
    ///     task.
    ///   - handler: Receives each delivery. It is called in a task of its own, which is cancelled when the entry is lost
    ///     to another consumer.
    /// - Throws: What `start` throws; `.invalidConfiguration` for a concurrency below 1; what `onEvent` throws; the error
    ///   that has ended the group for good.
    public func run(
        concurrency: Int,
        onEvent: (@Sendable (Event) async throws -> Void)? = nil,
        onError: (@Sendable (any Error, Delivery) async -> Void)? = nil,
        _ handler: @escaping @Sendable (Delivery) async throws -> Void
    ) async throws {
        guard concurrency > 0 else {
            throw RedisError(.invalidConfiguration, "a run needs a concurrency of 1 at least, not \(concurrency)")
        }
        let running = RunningHandlers(limit: concurrency)
        let number = shared.runBegins(concurrency) { running.cancel($0) }
        limitChanged()
        do {
            // On the loop: what comes is handed to a handler in the turn in which it was read then, without a thread between
            // them that has to wake up. No code of the user is called there.
            let task = Task(executorPreference: loop) { [self] in try await call(handler, onEvent, onError, running) }
            try await joined(task)
        } catch {
            await runEnded(number, running)
            if (error as? RedisError)?.code == .cancelled, Task.isCancelled { return }
            throw error
        }
        await runEnded(number, running)
    }

    /// Waits for a task, and cancels it with the caller's.
    private func joined(_ task: Task<Void, any Error>) async throws {
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func call(
        _ handler: @escaping @Sendable (Delivery) async throws -> Void,
        _ onEvent: (@Sendable (Event) async throws -> Void)?,
        _ onError: (@Sendable (any Error, Delivery) async -> Void)?,
        _ running: RunningHandlers
    ) async throws {
        var iterator = RedisEventStream(self).makeAsyncIterator()
        while true {
            try await running.waitForRoom()
            guard let event = try await iterator.next() else { return }
            guard case .delivery(let delivery) = event else {
                // In a task of its own, which is not on the loop.
                if let onEvent { try await joined(Task { try await onEvent(event) }) }
                continue
            }
            running.call(delivery.held) {
                do {
                    try await handler(delivery)
                    delivery.held.end(.acknowledge, nil)
                } catch {
                    if Task.isCancelled {
                        delivery.held.end(.giveBack, nil)
                    } else {
                        delivery.held.end(.reject("\(error)"), nil)
                        await onError?(error, delivery)
                    }
                }
            }
        }
    }

    private func runEnded(_ number: Int, _ running: RunningHandlers) async {
        shared.runEnds(number)
        limitChanged()
        await running.end()
        for reader in readers {
            await reader.giveBackWaiting()
            await reader.settled()
        }
    }

    /// Calls a handler for each entry on a background thread, one at a time.
    ///
    /// An entry is acknowledged when the handler has returned, and rejected when it has thrown. `stop` of the thread
    /// closes the group.
    ///
    /// - Parameters:
    ///   - name: The thread's name, up to 15 bytes.
    ///   - exceptionHandler: Receives, on the thread, what the handler throws, and the error that has ended the group.
    ///     Without it the first error ends the thread, and `join()` throws it.
    ///   - onEvent: Receives the events that are no deliveries.
    ///   - handler: Receives each delivery, on the thread.
    /// - Returns: The thread, which runs already.
    /// - Throws: `.invalidCommand` on the event loop; `.systemFailure` when the system has no thread left.
    public func runInThread(
        name: String = "redis-group",
        exceptionHandler: (@Sendable (any Error, StreamGroup, RedisListenerThread) -> Void)? = nil,
        onEvent: (@Sendable (Event) -> Void)? = nil,
        handling handler: @escaping @Sendable (Delivery) throws -> Void
    ) throws(RedisError) -> RedisListenerThread {
        try runInThread(name: name, exceptionHandler: exceptionHandler) { event in
            guard case .delivery(let delivery) = event else {
                onEvent?(event)
                return
            }
            do { try handler(delivery) } catch {
                delivery.held.end(.reject("\(error)"), nil)
                throw error
            }
            delivery.held.end(.acknowledge, nil)
        }
    }
}
