extension PubSub {
    /// Reads one event, or lets the handler of one message take it.
    ///
    /// Confirmations that are ignored do not end the wait. Cancelling the task loses no message; the next read gets it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    /// - Throws: `.handlerFailed` with what the handler threw (its message is consumed, the next read goes on behind it);
    ///   `.cancelled`; `.consumerTooSlow` by `OverflowPolicy.fail`; or the error that ended the link for good.
    public func getMessage(timeout: Duration? = .zero, ignoreSubscribeMessages: Bool = false) async throws(RedisError)
        -> ReadOutcome
    {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        return try await read(until: deadline, ignoringConfirmations: ignoreSubscribeMessages)
    }

    /// The same for a plain thread.
    @available(*, noasync, message: "await the other form")
    public func getMessage(timeout: Duration? = .zero, ignoreSubscribeMessages: Bool = false) throws(RedisError)
        -> ReadOutcome
    {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var place = ReadingPlace()
        return try readBlocking(&place, until: deadline, ignoringConfirmations: ignoreSubscribeMessages)
    }

    /// Reads until the task is cancelled or the object is closed, and lets handlers take the messages. A name without a
    /// handler is refused from now on. When it returns, the object is closed.
    ///
    /// - Parameter onEvent: Gets everything that is no message: gaps, drops, link events, confirmations.
    /// - Throws: `.handlerMissing` when a name has no handler now; `.handlerFailed` when a handler threw; or the error that
    ///   ended the link for good.
    public func run(onEvent: (PubSubEvent) async throws -> Void = { _ in }) async throws {
        // In this order: a name without a handler that is subscribed meanwhile is refused, or found.
        subscribedNames.readerBegan()
        defer { subscribedNames.readerEnded() }
        let handlersAreThere = Answer<Void>()
        engine.requireHandlers(handlersAreThere)
        try await handlersAreThere.value()
        do {
            try await readAll(onEvent)
        } catch {
            await close()
            throw error
        }
    }

    private func readAll(_ onEvent: (PubSubEvent) async throws -> Void) async throws {
        var place = ReadingPlace()
        while !Task.isCancelled {
            switch try callHandlers(&place, ignoringConfirmations: ignoreSubscribeMessages) {
            case .event(let event): try await onEvent(event)
            case .message(let message, let handler): _ = try await handler.take(message)
            case .finished(nil): return
            case .finished(let error?): throw error
            case .empty: await mailbox.wait(until: nil, on: engine.loop) { setAside.isEmpty }
            }
        }
        await close()
    }

    /// Lets handlers that do not suspend take their messages. Returns what is not for one of those, or that nothing is left, or
    /// that the task was cancelled.
    func callHandlers(_ place: inout ReadingPlace, ignoringConfirmations: Bool) throws(RedisError) -> Next {
        // To ask the task costs as much as a message.
        var asked = 0
        var isCancelled = false
        return try callHandlers(&place, ignoringConfirmations: ignoringConfirmations) {
            if asked % 16 == 0, Task.isCancelled { isCancelled = true }
            asked += 1
            return !isCancelled
        }
    }

    /// The same with a condition of the caller's in place of the cancellation.
    func callHandlers(_ place: inout ReadingPlace, ignoringConfirmations: Bool, whileTrue mayGoOn: () -> Bool)
        throws(RedisError) -> Next
    {
        while mayGoOn() {
            guard try place.callHandlers(of: self, whileTrue: mayGoOn) else { break }
            let next = next(&place, ignoringConfirmations: ignoringConfirmations)
            if case .empty = next { place.rest(handlers) }
            guard case .message(let message, let handler) = next, case .calling(let body) = handler.kind else {
                return next
            }
            do { try body(message) } catch { throw .handlerFailed(error) }
        }
        return .empty
    }

    func read(until deadline: ContinuousClock.Instant?, ignoringConfirmations: Bool) async throws(RedisError)
        -> ReadOutcome
    {
        let isIgnoring = ignoringConfirmations || ignoreSubscribeMessages
        while true {
            // Before anything is taken: what waits is not lost by a cancellation, and a flood does not outrun one.
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            switch next(ignoringConfirmations: isIgnoring) {
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
        ignoringConfirmations: Bool,
        mayWait: () -> Bool = { true }
    ) throws(RedisError) -> ReadOutcome {
        try engine.refuseOnLoop()
        let isIgnoring = ignoringConfirmations || ignoreSubscribeMessages
        while true {
            switch next(&place, ignoringConfirmations: isIgnoring) {
            case .event(let event): return .event(event)
            case .message(let message, let handler): return try handler.takeBlocking(message)
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                if !mayWait() { return .nothing }
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                mailbox.waitBlocking(until: deadline) { mayWait() && setAside.isEmpty }
            }
        }
    }

    enum Next: Sendable {
        case event(PubSubEvent)
        case message(Message, MessageHandler)
        case empty
        case finished(RedisError?)
    }

    /// The next event for a reader, as far as it is there.
    func next(ignoringConfirmations: Bool) -> Next {
        var place = ReadingPlace()
        return next(&place, ignoringConfirmations: ignoringConfirmations)
    }

    /// The same for a reader that goes on.
    @inline(__always)
    func next(_ place: inout ReadingPlace, ignoringConfirmations: Bool) -> Next {
        if setAside.isInUse { return nextInTurn(ignoringConfirmations: ignoringConfirmations) }
        return nextInMailbox(&place, ignoringConfirmations: ignoringConfirmations)
    }

    @inline(never)
    private func nextInTurn(ignoringConfirmations: Bool) -> Next {
        setAside.inTurn {
            while let next = setAside.takeFirst() {
                if case .event(let event) = next, ignoringConfirmations && event.isConfirmation { continue }
                return next
            }
            var place = ReadingPlace()
            return nextInMailbox(&place, ignoringConfirmations: ignoringConfirmations)
        }
    }

    @inline(__always)
    func nextInMailbox(_ place: inout ReadingPlace, ignoringConfirmations: Bool) -> Next {
        while true {
            switch mailbox.poll(&place.portion) {
            case .item(.record(let record, let slab)):
                let message = Message(slab: slab, record: record)
                guard let handler = place.handler(record.handler, in: handlers) else {
                    return .event(.message(message))
                }
                return .message(message, handler)
            case .item(.control(.event(let event))):
                if ignoringConfirmations && event.isConfirmation { continue }
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

extension MessageHandler {
    func take(_ message: Message) async throws(RedisError) -> ReadOutcome {
        do {
            switch kind {
            case .calling(let body): try body(message)
            case .awaiting(let body): try await body(message)
            case .inline: break  // called on the loop already
            }
        } catch { throw .handlerFailed(error) }
        return .handled
    }

    func takeBlocking(_ message: Message) throws(RedisError) -> ReadOutcome {
        switch kind {
        case .calling(let body):
            do { try body(message) } catch { throw .handlerFailed(error) }
        case .awaiting(let body):
            let answer = Answer<Void>()
            Task {
                do {
                    try await body(message)
                    answer.give(.success(()))
                } catch { answer.give(.failure(.handlerFailed(error))) }
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

extension Session<PubSubDriver> {
    /// Throws when a wanted name has no handler.
    func requireHandlers() throws(RedisError) {
        let bare = states.first { $0.isWanted && !$0.hasHandler && !driver.isPrivate($0.kind, $0.name) }
        if let bare { throw .handlerMissing(bare.name) }
    }
}
