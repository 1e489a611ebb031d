extension PubSub {
    /// Reads until the task is cancelled or the object is closed, and lets handlers take the messages. A name without a
    /// handler is refused from now on.
    ///
    /// A handler that awaits and is cancelled with the task has had its message. However the run ends, what is queued stays queued, and the object as it is: the next reader goes on behind the last event.
    ///
    /// - Parameters:
    ///   - onEvent: Gets everything that no handler takes: gaps, drops, link events, confirmations, and messages of names that
    ///     have no handler any more. Without it such a message counts as dropped (`RedisDeliveryStatistics.droppedEvents`). What it
    ///     throws ends the run.
    ///   - onError: Gets what a handler threw, its message being consumed, and the run goes on with the next message, unless
    ///     this throws in its turn. Without it the first error of a handler ends the run.
    /// - Throws: `.handlerMissing` when a name has no handler now; `.handlerFailed` when a handler threw and there is no
    ///   `onError`; what `onEvent` or `onError` threw; `.closed` when the object was closed before; or the error that ended
    ///   the link for good, each time again. Cancelling the task and closing the object are no errors.
    public func run(
        onEvent: ((PubSub.Event) async throws -> Void)? = nil,
        onError: ((any Error) async throws -> Void)? = nil
    ) async throws {
        if mailbox.isClosed { throw RedisError.closed }
        // In this order: a name without a handler that is subscribed meanwhile is refused, or found.
        subscribedNames.readerBegan()
        defer { subscribedNames.readerEnded() }
        let handlersAreThere = Promise<Void>()
        engine.enqueue(.requireHandlers(handlersAreThere))
        do throws(RedisError) { try await handlersAreThere.value() } catch {
            if error.code == .cancelled { return }
            throw error
        }
        var place = ReadingPlace()
        while !Task.isCancelled {
            let next: Next
            do throws(RedisError) {
                next = try await handleMessages(&place)
            } catch {
                // A handler that notices the cancellation of its task ends the run as that does.
                if Task.isCancelled, error.underlyingError is CancellationError { return }
                guard let onError, error.code == .handlerFailed else { throw error }
                try await onError(error.underlyingError ?? error)
                continue
            }
            switch next {
            case .event(let event):
                if let onEvent { try await onEvent(event) } else { noteUnheard(event) }
            case .finished(nil): return
            case .finished(let error?): throw error
            case .empty: await mailbox.wait(until: nil, on: engine.loop) { setAside.isEmpty }
            case .message: break
            }
        }
    }

    /// Lets handlers take the messages that are there. Returns what comes behind them, which is `.message` behind a handler that
    /// suspends.
    private func handleMessages(_ place: inout ReadingPlace) async throws(RedisError) -> Next {
        let next = try callHandlers(&place, ignoring: ignored)
        if case .message(let message, let handler) = next { _ = try await handler.take(message) }
        return next
    }

    /// A reader that takes handlers only has nobody to give this event to.
    func noteUnheard(_ event: PubSub.Event) {
        if case .message(let message) = event {
            mailbox.noteUndeliverable(RedisDrop(count: 1, bytes: message.byteCount))
        }
    }
}
