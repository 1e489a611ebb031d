extension RedisEventSource {
    /// Reads until the task is cancelled or the source is closed. Handlers take their messages; a name of a `PubSub`
    /// without a handler is refused from now on.
    ///
    /// This task makes all calls, for one event at a time, in order. However the run ends, queued events stay queued
    /// and the source stays as it is: the next reader continues after the last event. A message counts as delivered
    /// when its suspending handler is cancelled together with the task.
    ///
    /// - Parameters:
    ///   - onEvent: Receives everything that no handler receives. Without it, a message or a command without a handler
    ///     counts as dropped (`RedisDeliveryStatistics.droppedEvents`), and the rest is left out.
    ///   - onError: Receives the errors of handlers and of `onEvent`. Their event is consumed, and the run goes on with
    ///     the next one, unless this closure throws. Without it, the first such error ends the run.
    /// - Throws: `.handlerMissing` when a name of a `PubSub` has no handler now; what `start` throws, where there is
    ///   one; `.handlerFailed` when a handler threw and there is no `onError`; what `onEvent` or `onError` threw;
    ///   `.closed` when the source was closed before; or the error that ended the source for good, each time again.
    ///   Cancelling the task and closing the source are no errors, also while the source starts.
    public func run(
        onEvent: ((Event) async throws -> Void)? = nil,
        onError: ((any Error) async throws -> Void)? = nil
    ) async throws {
        let source = events.source
        if source.isClosed { throw RedisError.closed }
        // This order matters: if a name without a handler is subscribed meanwhile, it is either refused or found.
        let handlersAreThere = source.readerOfHandlersBegan()
        defer { source.readerOfHandlersEnded() }
        do throws(RedisError) { try await handlersAreThere?.value() } catch {
            if error.code == .cancelled { return }
            throw error
        }
        var place = source.makeReadingPlace()
        while !Task.isCancelled {
            do {
                switch try await source.step(&place) {
                case .event(let event):
                    guard let onEvent else {
                        source.noteUnheard(event)
                        continue
                    }
                    do { try await onEvent(event) } catch { throw EventRefused(cause: error) }
                case .goOn: break
                case .ended: return
                }
            } catch {
                let refused = error as? EventRefused
                let failed = error as? RedisError
                let cause = refused?.cause ?? failed?.underlyingError ?? error
                guard refused != nil || failed?.code == .handlerFailed else { throw error }
                // The cancellation of the task ends the run, whoever notices it.
                if Task.isCancelled, cause is CancellationError { return }
                guard let onError else { throw refused?.cause ?? error }
                try await onError(cause)
            }
        }
    }

    /// Reads on a background thread that calls the handlers.
    ///
    /// `RedisListenerThread.stop` closes the source, as in redis-py, and queued events count as dropped. A thread that
    /// ends by an error leaves the source as it is, also when it is stopped afterwards: queued events stay queued, and
    /// the next reader continues after the last event. A handler that blocks delays no other link and no heartbeat.
    /// Events that come meanwhile wait in the buffer.
    ///
    /// - Parameters:
    ///   - name: The thread's name for tools such as `top -H`, up to 15 bytes.
    ///   - exceptionHandler: Receives, on the thread, the errors of handlers and of `onEvent`, and the error that ended
    ///     the source for good or made its start fail. The thread then goes on with the next event, unless `stop()` is
    ///     called. Without it, the first error ends the thread, and `join()` throws it.
    ///   - onEvent: Receives, on the thread, everything that no handler receives, except for confirmations, as in
    ///     redis-py. Without it, a message or a command without a handler counts as dropped
    ///     (`RedisDeliveryStatistics.droppedEvents`), and the rest is left out.
    /// - Returns: The thread, which runs already.
    /// - Throws: `.handlerMissing` when a name of a `PubSub` has no handler; while the thread runs, every later
    ///   subscribe without a handler is refused as well. `.invalidCommand` on the event loop. `.systemFailure` when the
    ///   system has no thread left.
    public func runInThread(
        name: String = "redis-listener",
        exceptionHandler: (@Sendable (any Error, Self, RedisListenerThread) -> Void)? = nil,
        onEvent: (@Sendable (Event) throws -> Void)? = nil
    ) throws(RedisError) -> RedisListenerThread {
        let source = events.source
        try source.loop.refuseBlocking()
        // This order matters: if a name without a handler is subscribed meanwhile, it is either refused or found.
        let handlersAreThere = source.readerOfHandlersBegan()
        do throws(RedisError) { try handlersAreThere?.waitBlocking() } catch {
            source.readerOfHandlersEnded()
            throw error
        }
        let started = source.startIfNeeded()
        let listener = RedisListenerThread(of: source.loop) {
            started?.complete(.failure(RedisError(.cancelled, "the thread was stopped")))
            source.wakeReaders()
        }
        do throws(RedisSystemError) {
            try listener.start(name: name) { [self] listener in
                defer {
                    source.readerOfHandlersEnded()
                    if !listener.mayGoOn { source.closeNow() }
                }
                var place = source.makeReadingPlace()
                while listener.mayGoOn {
                    do throws(RedisError) {
                        if !place.hasStarted {
                            do throws(RedisError) {
                                if let started { try source.beginBlocking(started) }
                            } catch {
                                try source.readingEnded(error)
                                return
                            }
                            place.hasStarted = true
                        }
                        guard try source.stepOnThread(&place, listener, onEvent) else { return }
                    } catch {
                        let isThrown = error.code == .handlerFailed
                        guard isThrown || listener.mayGoOn else { return }
                        let cause = isThrown ? error.underlyingError ?? error : error
                        guard let exceptionHandler else { throw cause }
                        exceptionHandler(cause, self, listener)
                        if !isThrown { return }
                    }
                }
            }
        } catch {
            source.readerOfHandlersEnded()
            throw .system(error)
        }
        return listener
    }
}

/// An error of `onEvent`, which is not an error of the source.
private struct EventRefused: Error {
    let cause: any Error
}

extension EventSource {
    var isClosed: Bool { mailbox.isClosed }

    func wakeReaders() { mailbox.wakeReaders() }

    /// Reads one event. Returns whether more may come.
    package func stepOnThread(
        _ place: inout RedisReadingPlace,
        _ listener: RedisListenerThread,
        _ onEvent: (@Sendable (Event) throws -> Void)?
    ) throws(RedisError) -> Bool {
        switch try callHandlers(&place, whileTrue: { listener.mayGoOn }) {
        case .event(let event):
            if isConfirmation(event) { return true }
            guard let onEvent else {
                noteUnheard(event)
                return true
            }
            do { try onEvent(event) } catch { throw .handlerFailed(error) }
        case .message(let message, let handler): try handler.takeBlocking(message)
        case .finished(nil): return false
        case .finished(let error?): throw error
        case .empty: mailbox.waitBlocking(until: nil) { listener.mayGoOn }
        }
        return true
    }
}
