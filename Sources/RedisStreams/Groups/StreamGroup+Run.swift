public import RedisCore
public import RedisEvents

extension StreamGroup {
    /// Calls a handler for each entry, several at a time, until the task is cancelled or the group is closed.
    ///
    /// An entry is acknowledged when its handler has returned, and rejected when it has thrown: then it comes again
    /// after the `retryDelay`, or goes to the dead letters. A handler may end its delivery itself. A throwing handler
    /// does not end the run.
    ///
    /// When the run ends, its handlers are cancelled and awaited, and entries that they have not ended are given back,
    /// which does not count as an attempt. `drain` lets them end first.
    ///
    /// - Parameters:
    ///   - concurrency: How many handlers may run at a time; at least 1.
    ///   - onEvent: Receives the events that are no deliveries, one at a time.
    ///   - onError: Receives what handlers throw, with the delivery, which is rejected then. It is called in the
    ///     handler's task.
    ///   - handler: Receives each delivery. It is called in a task of its own, which is cancelled when the entry is
    ///     lost to another consumer.
    /// - Throws: What `start` throws; `.invalidConfiguration` for a concurrency below 1; what `onEvent` throws; the
    ///   error that has ended the group for good.
    public func run(
        concurrency: Int,
        onEvent: (@Sendable (Event) async throws -> Void)? = nil,
        onError: (@Sendable (any Error, Delivery) async -> Void)? = nil,
        _ handler: @escaping @Sendable (Delivery) async throws -> Void
    ) async throws {
        try await run(
            inBatchesOf: 1,
            concurrency: concurrency,
            onEvent: onEvent,
            onError: { error, deliveries in await onError?(error, deliveries[0]) },
            { deliveries in try await handler(deliveries[0]) }
        )
    }

    /// Calls a handler for several entries at once, until the task is cancelled or the group is closed: for handlers
    /// that do for a hundred entries what they do for one, as a database does that gets them in one statement.
    ///
    /// A batch is what is there, up to the size; no entry waits until a batch is full. Its entries may be of several
    /// streams. They are acknowledged when the handler has returned, and rejected when it has thrown: then each comes
    /// again, alone, so that a bad one takes no other along to the dead letters. A handler may end some of them itself
    /// before.
    ///
    /// - Parameters:
    ///   - size: How many entries a batch has at most; at least 1.
    ///   - concurrency: How many handlers may run at a time; at least 1. No more entries are asked for than those that
    ///     are free can have.
    ///   - onEvent: Receives the events that are no deliveries, one at a time.
    ///   - onError: Receives what handlers throw, with the whole batch, of which is rejected what was not ended. It is
    ///     called in the handler's task, and not when that was cancelled.
    ///   - handler: Receives each batch, which is never empty, in the order in which its entries were delivered. It is
    ///     called in a task of its own, which is cancelled when an entry of the batch is lost to another consumer; the
    ///     others are given back if it throws then.
    /// - Throws: What `run(concurrency:)` throws; `.invalidConfiguration` for a size below 1.
    public func run(
        inBatchesOf size: Int,
        concurrency: Int,
        onEvent: (@Sendable (Event) async throws -> Void)? = nil,
        onError: (@Sendable (any Error, [Delivery]) async -> Void)? = nil,
        _ handler: @escaping @Sendable ([Delivery]) async throws -> Void
    ) async throws {
        for (number, name) in [(concurrency, "concurrency"), (size, "batch size")] where number < 1 {
            throw RedisError(.invalidConfiguration, "a run needs a \(name) of 1 at least, not \(number)")
        }
        let running = RunningHandlers(limit: concurrency, batchSize: size) { [shared] in shared.limitChanged() }
        let number = shared.runBegins(running)
        limitChanged()
        do {
            // On the loop: what comes is handed to a handler in the turn in which it was read then, without a thread
            // between them that has to wake up. No code of the user is called there.
            let task = Task(executorPreference: loop) { [self] in
                try await call(size, running, onEvent) { deliveries in
                    do {
                        try await handler(deliveries)
                        HeldEntry.end(deliveries.map(\.held), .acknowledge)
                    } catch {
                        let isCancelled = Task.isCancelled
                        HeldEntry.end(deliveries.map(\.held), isCancelled ? .giveBack : .reject("\(error)"))
                        if !isCancelled { await onError?(error, deliveries) }
                    }
                }
            }
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

    /// Hands out what comes, in batches of that size at most.
    private func call(
        _ size: Int,
        _ running: RunningHandlers,
        _ onEvent: (@Sendable (Event) async throws -> Void)?,
        _ body: @escaping @Sendable ([Delivery]) async -> Void
    ) async throws {
        var iterator = RedisEventStream(self).makeAsyncIterator()
        func handOut(_ batch: inout [Delivery]) async throws {
            _ = try await running.waitForRoom()
            running.call(exchange(&batch, with: []), body)
        }
        while true {
            let room = try await running.waitForRoom()
            guard let first = try await iterator.next() else { return }
            var batch: [Delivery] = []
            for event in [first] + behind(first, upTo: min(room, Self.mostAtOnce) * min(size, Self.mostAtOnce) - 1) {
                if case .delivery(let delivery) = event {
                    // One that comes again comes alone: it may be what the others were rejected for.
                    if delivery.attempt > 1, !batch.isEmpty { try await handOut(&batch) }
                    batch.append(delivery)
                    if batch.count == size || delivery.attempt > 1 { try await handOut(&batch) }
                } else {
                    if !batch.isEmpty { try await handOut(&batch) }
                    // In a task of its own, which is not on the loop.
                    if let onEvent { try await joined(Task { try await onEvent(event) }) }
                }
            }
            if !batch.isEmpty { try await handOut(&batch) }
        }
    }

    /// Of how many handlers, and of how many entries of each, it is looked at once whether they are there.
    private static var mostAtOnce: Int { 1000 }

    /// The deliveries that are there already behind one, up to so many, and the event behind them. No more events are
    /// taken, because the run may end with that one.
    private func behind(_ first: Event, upTo most: Int) -> [Event] {
        guard first.delivery != nil else { return [] }
        return mailbox.takeControls(upTo: most) { $0.delivery == nil }.compactMap { event($0, leavingOut: []) }
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
