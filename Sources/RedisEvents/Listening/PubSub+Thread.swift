extension PubSub {
    /// Reads on a background thread that calls the handlers.
    ///
    /// `RedisListenerThread.stop` closes the `PubSub`, as in redis-py; what is queued then counts as dropped. A thread that ends by an
    /// error leaves the object as it is: what is queued stays queued, and the next reader goes on behind the last message.
    ///
    /// Every name must have a handler: one without is refused here, and by every later subscribe while the thread runs.
    /// A handler that blocks delays no other link and no sign of life; what comes meanwhile waits in the buffer.
    ///
    /// - Parameters:
    ///   - name: The thread's name for tools such as `top -H`, up to 15 bytes.
    ///   - exceptionHandler: Gets, on the thread, what a handler threw, or the error that ended the link for good; the
    ///     thread goes on with the next message unless `stop()` is called. Without it the first error ends the thread, and
    ///     `join()` throws it.
    ///   - onEvent: Gets, on the thread, what no handler takes: gaps, drops, link events, refusals, and messages of names that
    ///     have no handler any more. Without it such a message counts as dropped (`RedisDeliveryStatistics.droppedEvents`).
    ///     Confirmations are left out.
    /// - Throws: `.handlerMissing`, or `.systemFailure` when there is no thread to be had.
    public func runInThread(
        name: String = "redis-listener",
        exceptionHandler: (@Sendable (any Error, PubSub, RedisListenerThread) -> Void)? = nil,
        onEvent: (@Sendable (PubSub.Event) -> Void)? = nil
    ) throws(RedisError) -> RedisListenerThread {
        let listener = RedisListenerThread(wakeReaders: { [mailbox] in mailbox.wakeReaders() })
        // In this order: a name without a handler that is subscribed meanwhile is refused, or found.
        subscribedNames.readerBegan()
        do throws(RedisError) { try requireHandlers() } catch {
            subscribedNames.readerEnded()
            throw error
        }
        do throws(RedisSystemError) {
            try listener.start(name: name) { [self] listener in
                defer {
                    subscribedNames.readerEnded()
                    if !listener.mayGoOn { blocking.close() }
                }
                var place = ReadingPlace()
                while listener.mayGoOn {
                    do throws(RedisError) {
                        guard try readOnThread(listener, &place, onEvent) else { return }
                    } catch {
                        let cause = error.code == .handlerFailed ? error.underlyingError ?? error : error
                        guard let exceptionHandler else { throw cause }
                        exceptionHandler(cause, self, listener)
                        if error.code != .handlerFailed { return }
                    }
                }
            }
        } catch {
            subscribedNames.readerEnded()
            throw .system(error)
        }
        return listener
    }

    /// Returns whether more may come.
    private func readOnThread(
        _ listener: RedisListenerThread,
        _ place: inout ReadingPlace,
        _ onEvent: (@Sendable (PubSub.Event) -> Void)?
    ) throws(RedisError) -> Bool {
        switch try callHandlers(&place, ignoring: ignored.union(.confirmations), whileTrue: { listener.mayGoOn }) {
        case .event(let event):
            if let onEvent { onEvent(event) } else { noteUnheard(event) }
        case .message(let message, let handler): _ = try handler.takeBlocking(message)
        case .finished(nil): return false
        case .finished(let error?): throw error
        case .empty: mailbox.waitBlocking(until: nil) { listener.mayGoOn && setAside.isEmpty }
        }
        return true
    }

    private func requireHandlers() throws(RedisError) {
        try engine.refuseOnLoop()
        let answer = Promise<Void>()
        engine.enqueue(.requireHandlers(answer))
        try answer.waitBlocking()
    }
}
