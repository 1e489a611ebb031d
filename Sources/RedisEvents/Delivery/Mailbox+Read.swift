/// What one read came to.
public enum EventReadOutcome<Event: Sendable>: Sendable {
    /// An event.
    case event(Event)
    /// Nothing came before the timeout.
    case nothing
    /// The source is closed and nothing is left.
    case closed

    /// The event, if there is one.
    public var event: Event? {
        if case .event(let event) = self { return event }
        return nil
    }
}

extension Mailbox {
    /// Takes the next event, waiting for it until the deadline.
    func read<Event>(
        until deadline: ContinuousClock.Instant?,
        on loop: RedisEventLoop,
        _ event: (Item) -> Event
    ) async throws(RedisError) -> EventReadOutcome<Event> {
        while true {
            // Before anything is taken: a flood does not outrun a cancellation.
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            switch poll() {
            case .item(let item): return .event(event(item))
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                await wait(until: deadline, on: loop)
            }
        }
    }

    /// Blocks the thread likewise.
    func readBlocking<Event>(
        until deadline: ContinuousClock.Instant?,
        _ event: (Item) -> Event
    ) throws(RedisError) -> EventReadOutcome<Event> {
        while true {
            switch poll() {
            case .item(let item): return .event(event(item))
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            case .empty:
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                waitBlocking(until: deadline)
            }
        }
    }
}
