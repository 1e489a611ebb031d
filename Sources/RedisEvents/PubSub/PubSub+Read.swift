extension PubSub {
    /// Reads one event, or lets the handler of one message take it.
    ///
    /// What is ignored does not end the wait. Cancelling the task loses no message; the next read gets it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - ignoreLinkEvents: Whether to leave out link events and gaps this time.
    /// - Throws: `.handlerFailed` with what the handler threw (its message is consumed, the next read goes on behind it);
    ///   `.cancelled`; `.consumerTooSlow` by `OverflowPolicy.fail`; or the error that ended the link for good.
    public func getMessage(
        timeout: Duration? = .zero,
        ignoreSubscribeMessages: Bool = false,
        ignoreLinkEvents: Bool = false
    ) async throws(RedisError) -> ReadOutcome {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: ignoreLinkEvents)
        return try await read(until: deadline, ignoring: ignored)
    }

    /// The error that ended the object for good, if one did. `close` is no error.
    public var failure: RedisError? { mailbox.failure }

    /// Lets handlers that do not suspend take their messages. Returns what is not for one of those, or that nothing is left, or
    /// that the task was cancelled.
    func callHandlers(_ place: inout ReadingPlace, ignoring ignored: IgnoredEvents) throws(RedisError) -> Next {
        // To ask the task costs as much as a message.
        var asked = 0
        var isCancelled = false
        return try callHandlers(&place, ignoring: ignored) {
            if asked % 16 == 0, Task.isCancelled { isCancelled = true }
            asked += 1
            return !isCancelled
        }
    }

    /// The same with a condition of the caller's in place of the cancellation.
    func callHandlers(_ place: inout ReadingPlace, ignoring ignored: IgnoredEvents, whileTrue mayGoOn: () -> Bool)
        throws(RedisError) -> Next
    {
        while mayGoOn() {
            guard try place.callHandlers(of: self, whileTrue: mayGoOn) else { break }
            let next = next(&place, ignoring: ignored)
            if case .empty = next { place.rest(handlers) }
            guard case .message(let message, let handler) = next, case .calling(let body) = handler.kind else {
                return next
            }
            do { try body(message) } catch { throw .handlerFailed(error) }
        }
        return .empty
    }

    func read(until deadline: ContinuousClock.Instant?, ignoring ignored: IgnoredEvents) async throws(RedisError)
        -> ReadOutcome
    {
        let ignored = ignored.union(self.ignored)
        while true {
            // Before anything is taken: what waits is not lost by a cancellation, and a flood does not outrun one.
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            switch next(ignoring: ignored) {
            case .event(let event): return .event(event)
            case .message(let message, let handler): return try await handler.take(message)
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                await mailbox.wait(until: deadline, on: engine.loop) { setAside.isEmpty }
            }
        }
    }

    func readBlocking(
        _ place: inout ReadingPlace,
        until deadline: ContinuousClock.Instant?,
        ignoring ignored: IgnoredEvents,
        mayWait: () -> Bool = { true }
    ) throws(RedisError) -> ReadOutcome {
        try engine.refuseOnLoop()
        let ignored = ignored.union(self.ignored)
        while true {
            switch next(&place, ignoring: ignored) {
            case .event(let event): return .event(event)
            case .message(let message, let handler): return try handler.takeBlocking(message)
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                guard mayWait() else { return .nothing }
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                mailbox.waitBlocking(until: deadline) { mayWait() && setAside.isEmpty }
            }
        }
    }

    enum Next: Sendable {
        case event(PubSub.Event)
        case message(PubSub.Message, PubSub.Handler)
        case empty
        case finished(RedisError?)
    }

    /// The next event for a reader, as far as it is there.
    func next(ignoring ignored: IgnoredEvents) -> Next {
        var place = ReadingPlace()
        return next(&place, ignoring: ignored)
    }

    /// The same for a reader that goes on.
    @inline(__always)
    func next(_ place: inout ReadingPlace, ignoring ignored: IgnoredEvents) -> Next {
        if setAside.isInUse { return nextInTurn(ignoring: ignored) }
        return nextInMailbox(&place, ignoring: ignored)
    }

    @inline(never)
    private func nextInTurn(ignoring ignored: IgnoredEvents) -> Next {
        setAside.inTurn {
            var place = ReadingPlace()
            while let event = setAside.takeFirst() {
                if !ignored.leavesOut(event) { return bind(event, &place) }
            }
            return nextInMailbox(&place, ignoring: ignored)
        }
    }

    /// A message goes to whoever is the handler of its name now.
    func bind(_ event: PubSub.Event, _ place: inout ReadingPlace) -> Next {
        guard case .message(let message) = event, let handler = place.handler(message.record.handler, in: handlers)
        else { return .event(event) }
        return .message(message, handler)
    }

    @inline(__always)
    func nextInMailbox(_ place: inout ReadingPlace, ignoring ignored: IgnoredEvents) -> Next {
        while true {
            switch mailbox.poll(&place.cursor) {
            case .item(.record(let record, let slab)):
                let message = PubSub.Message(slab: slab, record: record)
                guard let handler = place.handler(record.handler, in: handlers) else {
                    return .event(.message(message))
                }
                return .message(message, handler)
            case .item(.control(.event(let event))):
                if ignored.leavesOut(event) { continue }
                return .event(event)
            case .item(.control(.release(let numbers))):
                for number in numbers { handlers.replace(number, by: nil) }
            case .empty:
                return .empty
            case .finished(let error):
                return .finished(error)
            }
        }
    }
}

extension PubSub.Handler {
    func take(_ message: PubSub.Message) async throws(RedisError) -> ReadOutcome {
        do {
            switch kind {
            case .calling(let body): try body(message)
            case .awaiting(let body): try await body(message)
            case .inline: break  // called on the loop already
            }
        } catch { throw .handlerFailed(error) }
        return .handled
    }

    func takeBlocking(_ message: PubSub.Message) throws(RedisError) -> ReadOutcome {
        switch kind {
        case .calling(let body):
            do { try body(message) } catch { throw .handlerFailed(error) }
        case .awaiting(let body):
            let answer = Promise<Void>()
            Task {
                do {
                    try await body(message)
                    answer.complete(.success(()))
                } catch { answer.complete(.failure(.handlerFailed(error))) }
            }
            try answer.waitBlocking()
        case .inline:
            break  // called on the loop already
        }
        return .handled
    }
}

extension RedisError {
    static func handlerFailed(_ error: any Error) -> RedisError {
        RedisError(.handlerFailed, "a handler threw \(type(of: error))", phase: .listen, underlyingError: error)
    }
}
