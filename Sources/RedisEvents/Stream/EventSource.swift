internal import Synchronization

/// What the readers of a `RedisEventSource` read from: a mailbox, and the specific handling of its events.
package protocol EventSource<Event>: AnyObject, Sendable {
    associatedtype Event: RedisStreamEvent
    associatedtype Control: MailboxControl

    var mailbox: Mailbox<Control> { get }
    var loop: RedisEventLoop { get }

    /// The event of a control event; `nil` if it is not an event or is left out.
    func event(_ control: Control, leavingOut ignored: IgnoredEvents) -> Event?

    /// The drop that an event becomes when its reader can give it to nobody.
    func undeliverable(_ event: Event) -> RedisDrop

    /// Whether the event is a server's confirmation. A reading thread leaves these out.
    func isConfirmation(_ event: Event) -> Bool

    /// Ends the source without waiting for anything. Any thread may call.
    func closeNow()

    // The requirements below have a default.

    /// Whether readers get records as the server wrote them.
    var isRaw: Bool { get }

    /// The handlers that readers call, if messages contain handler numbers.
    var handlerTable: HandlerTable? { get }

    /// Calls handlers that do not suspend, while `mayGoOn`. Returns the next event that is not for one of them.
    func callHandlers(_ place: inout RedisReadingPlace, whileTrue mayGoOn: () -> Bool) throws(RedisError) -> Next<Event>

    /// Whether the source was started, if readers have to start it.
    var start: StreamStart? { get }

    /// Starts the source, unless it has started, and completes the promise when events come.
    func requestStart(_ promise: Promise<Void>)

    /// Called when a reader begins that only calls handlers. The promise says whether it may.
    func readerOfHandlersBegan() -> Promise<Void>?
    func readerOfHandlersEnded()

    /// Whether a blocking loop has anything to wait for.
    var mayBringMore: Bool { get }

    /// Completes the promise when everything that has happened on the loop is in the mailbox.
    func settle(_ promise: Promise<Void>)

    /// The event for an error of a handler, for readers that cannot throw.
    func event(handlerFailed error: RedisError) -> Event

    // These functions are the same for all sources, and loops call them for each event. As requirements they are
    // compiled for each source. A call of an extension's method through an `any` would run generic code.

    func recycle(_ place: inout RedisReadingPlace)
    func takeBatch(_ place: inout RedisReadingPlace) -> RedisEventBatch<Event>?
    func step(_ place: inout RedisReadingPlace) async throws(RedisError) -> Step<Event>
    func stepOnThread(
        _ place: inout RedisReadingPlace,
        _ listener: RedisListenerThread,
        _ onEvent: (@Sendable (Event) throws -> Void)?
    ) throws(RedisError) -> Bool
    func nextBlocking(_ place: inout RedisReadingPlace, _ isOver: inout Bool) -> Event?
}

/// What a reader gets next.
package enum Next<Event: Sendable>: Sendable {
    case event(Event)
    case message(PubSub.Message, PubSub.Handler)
    case empty
    case finished(RedisError?)
}

/// The result of one step of a loop.
package enum Step<Event: Sendable>: Sendable {
    case event(Event)
    case goOn
    case ended
}

/// Whether a source was started, and why the start failed.
package final class StreamStart: Sendable {
    private let isDone = Atomic(false)
    private let lastError = Locked<RedisError?>(nil)

    package init() {}

    var hasSucceeded: Bool { isDone.load(ordering: .acquiring) }

    /// The error of the last start, if it failed.
    var failure: RedisError? { lastError.withLock { $0 } }

    func note(_ error: RedisError?) {
        // A cancelled start, or a closed source, is not a failure.
        if error?.code == .cancelled || error?.code == .closed { return }
        lastError.withLock { $0 = error }
        if error == nil { isDone.store(true, ordering: .releasing) }
    }
}

extension EventSource {
    package var isRaw: Bool { false }
    package var handlerTable: HandlerTable? { nil }
    package var start: StreamStart? { nil }
    package func requestStart(_ promise: Promise<Void>) { promise.complete(.success(())) }
    package func readerOfHandlersBegan() -> Promise<Void>? { nil }
    package func readerOfHandlersEnded() {}
    package var mayBringMore: Bool { true }
    package func settle(_ promise: Promise<Void>) { promise.complete(.success(())) }
    package func event(handlerFailed error: RedisError) -> Event { .failed(error) }

    package func callHandlers(_ place: inout RedisReadingPlace, whileTrue mayGoOn: () -> Bool) throws(RedisError)
        -> Next<Event>
    {
        mayGoOn() ? next(&place) : .empty
    }
}

extension EventSource where Control == Event {
    package func event(_ control: Event, leavingOut ignored: IgnoredEvents) -> Event? { control }

    package func isConfirmation(_ event: Event) -> Bool { false }

    package func undeliverable(_ event: Event) -> RedisDrop {
        event.mayBeDropped ? RedisDrop(count: 1, bytes: event.heldBytes) : .nothing
    }
}

// MARK: The same for all sources

extension EventSource {
    var failure: RedisError? { mailbox.failure ?? (mailbox.isFinished ? nil : start?.failure) }

    var mailboxStatistics: RedisDeliveryStatistics { mailbox.statistics }

    func makeReadingPlace() -> RedisReadingPlace {
        RedisReadingPlace(hasHandlers: handlerTable != nil, isRaw: isRaw, hasStarted: start == nil)
    }

    package func recycle(_ place: inout RedisReadingPlace) {
        if let spent = place.takeSpent() { mailbox.recycle(spent) }
    }

    /// The next event for a reader, if there is one. A message goes to the handler that its name has now.
    @inline(__always)
    func next(_ place: inout RedisReadingPlace, _ filter: ReadFilter = ReadFilter()) -> Next<Event> {
        while true {
            let polled =
                if let node = filter.node {
                    mailbox.poll(of: node, arrivals: &place.arrivals)
                } else {
                    mailbox.poll(&place.cursor)
                }
            switch polled {
            case .item(.record(let record, let slab)):
                if let handlerTable, let handler = place.handler(record.handler, in: handlerTable) {
                    return .message(PubSub.Message(slab: slab, record: record), handler)
                }
                return .event(Event(RedisStreamRecord(slab: slab, record: record, isRaw: place.isRaw)))
            case .item(.control(let control)):
                if let event = event(control, leavingOut: filter.ignored) { return .event(event) }
            case .empty: return .empty
            case .finished(let error): return .finished(error)
            }
        }
    }

    package func takeBatch(_ place: inout RedisReadingPlace) -> RedisEventBatch<Event>? {
        guard place.hasStarted else { return nil }
        if place.cursor == nil { place.cursor = mailbox.nextCursor() }
        defer { recycle(&place) }
        return place.takeRecords()
    }

    /// The promise of a start that a reader has to wait for, if there is one.
    func startIfNeeded() -> Promise<Void>? {
        guard let start, !start.hasSucceeded else { return nil }
        let promise = Promise<Void>()
        requestStart(promise)
        return promise
    }

    /// Starts the source, unless it has started.
    package func begin() async throws(RedisError) {
        guard let started = startIfNeeded() else { return }
        do throws(RedisError) { try await started.value() } catch {
            start?.note(error)
            throw error
        }
        start?.note(nil)
    }

    /// Blocks the thread until the source is started.
    package func beginBlocking() throws(RedisError) {
        try loop.refuseBlocking()
        if let started = startIfNeeded() { try beginBlocking(started) }
    }

    package func beginBlocking(_ started: Promise<Void>) throws(RedisError) {
        do throws(RedisError) { try started.waitBlocking() } catch {
            start?.note(error)
            throw error
        }
        start?.note(nil)
    }

    /// Decides what the failure of a start means for a reader: a close ends what it reads, as it does after the start.
    /// Everything else is thrown.
    func readingEnded(_ error: RedisError) throws(RedisError) {
        guard error.code == .closed else { throw error }
        // The start was given up because of this error.
        if let failure = mailbox.failure { throw failure }
    }

    /// Reads one event, or lets a handler receive one message.
    func read(within timeout: Duration?, _ filter: ReadFilter = ReadFilter()) async throws(RedisError)
        -> RedisReadOutcome<Event>
    {
        do throws(RedisError) { try await begin() } catch {
            try readingEnded(error)
            return .closed
        }
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var place = makeReadingPlace()
        while true {
            // This check comes before an event is taken, so that a cancellation loses no event and ends the read even
            // while events keep coming.
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            switch next(&place, filter) {
            case .event(let event): return .event(event)
            case .message(let message, let handler):
                try await handler.take(message)
                return .handled
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                await mailbox.wait(until: deadline, on: loop, since: place.arrivals)
            }
        }
    }

    /// Reads one event, as `read` does, but blocks the thread.
    func readBlocking(within timeout: Duration?, _ filter: ReadFilter = ReadFilter()) throws(RedisError)
        -> RedisReadOutcome<Event>
    {
        do throws(RedisError) { try beginBlocking() } catch {
            try readingEnded(error)
            return .closed
        }
        var place = makeReadingPlace()
        place.hasStarted = true
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        return try readBlocking(&place, until: deadline, filter) { true }
    }

    func readBlocking(
        _ place: inout RedisReadingPlace,
        until deadline: ContinuousClock.Instant?,
        _ filter: ReadFilter = ReadFilter(),
        mayWait: () -> Bool
    ) throws(RedisError) -> RedisReadOutcome<Event> {
        if place.hasStarted {
            try loop.refuseBlocking()
        } else {
            do throws(RedisError) { try beginBlocking() } catch {
                try readingEnded(error)
                return .closed
            }
            place.hasStarted = true
        }
        while true {
            switch next(&place, filter) {
            case .event(let event): return .event(event)
            case .message(let message, let handler):
                try handler.takeBlocking(message)
                return .handled
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                guard mayWait() else { return .nothing }
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                mailbox.waitBlocking(until: deadline, since: place.arrivals, mayWait: mayWait)
            }
        }
    }

    /// Calls handlers until there is an event for the loop, or nothing is left.
    package func step(_ place: inout RedisReadingPlace) async throws(RedisError) -> Step<Event> {
        if !place.hasStarted {
            do throws(RedisError) { try await begin() } catch {
                if error.code != .cancelled { try readingEnded(error) }
                return .ended
            }
            place.hasStarted = true
        }
        // Asking the task costs as much as a message.
        var asked = 0
        var isCancelled = false
        let next = try callHandlers(&place) {
            if asked % 16 == 0, Task.isCancelled { isCancelled = true }
            asked += 1
            return !isCancelled
        }
        switch next {
        case .event(let event): return .event(event)
        case .message(let message, let handler): try await handler.take(message)
        case .finished(nil): return .ended
        case .finished(let error?): throw error
        case .empty: await mailbox.wait(until: nil, on: loop)
        }
        return .goOn
    }

    /// The next event of a loop that blocks its thread, waiting for it; `nil` at the end.
    package func nextBlocking(_ place: inout RedisReadingPlace, _ isOver: inout Bool) -> Event? {
        var isSettled = false
        while true {
            do throws(RedisError) {
                switch try readBlocking(&place, until: nil, mayWait: { mayBringMore }) {
                case .event(let event): return event
                case .handled: isSettled = false
                case .closed:
                    isOver = true
                    return nil
                case .nothing:
                    // The count of names changes a moment before the server's last confirmation is in the mailbox.
                    if isSettled { return nil }
                    let settled = Promise<Void>()
                    settle(settled)
                    try settled.waitBlocking()
                    isSettled = true
                }
            } catch {
                if error.code == .handlerFailed { return event(handlerFailed: error) }
                isOver = true
                return error.code == .closed ? nil : .failed(error)
            }
        }
    }

    /// Counts an event that a reader can give to nobody.
    func noteUnheard(_ event: Event) { mailbox.noteUndeliverable(undeliverable(event)) }
}

extension PubSub.Handler {
    func take(_ message: PubSub.Message) async throws(RedisError) {
        do {
            switch kind {
            case .calling(let body): try body(message)
            case .awaiting(let body): try await body(message)
            case .inline: break  // called on the loop already
            }
        } catch { throw .handlerFailed(error) }
    }

    /// Blocks the thread until the handler has taken the message.
    func takeBlocking(_ message: PubSub.Message) throws(RedisError) {
        switch kind {
        case .calling(let body):
            do { try body(message) } catch { throw .handlerFailed(error) }
        case .awaiting(let body):
            let promise = Promise<Void>()
            Task {
                do {
                    try await body(message)
                    promise.complete(.success(()))
                } catch { promise.complete(.failure(.handlerFailed(error))) }
            }
            try promise.waitBlocking()
        case .inline:
            break  // called on the loop already
        }
    }
}

extension RedisError {
    static func handlerFailed(_ error: any Error) -> RedisError {
        RedisError(.handlerFailed, "a handler threw \(type(of: error))", phase: .listen, underlyingError: error)
    }
}
