/// Events as a sequence that blocks a plain thread. Several may run at a time; each event goes to one of them, and leaving the
/// loop loses nothing.
///
/// It ends when the source is closed. Where an error ends it, also one of the first connect, that error is the last event.
public struct BlockingEvents<Event: Sendable>: Sequence, IteratorProtocol {
    /// The next event, waiting for it, or `nil` at the end.
    private let read: () throws(RedisError) -> Event?
    private let failed: (RedisError) -> Event
    private var isOver = false

    init(failed: @escaping (RedisError) -> Event, read: @escaping () throws(RedisError) -> Event?) {
        self.failed = failed
        self.read = read
    }

    /// Blocks until the next event. `nil` when the source is closed, or behind the error that ended it.
    public mutating func next() -> Event? {
        if isOver { return nil }
        do throws(RedisError) {
            if let event = try read() { return event }
            isOver = true
            return nil
        } catch {
            isOver = true
            return failed(error)
        }
    }
}
