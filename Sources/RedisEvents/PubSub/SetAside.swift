internal import Synchronization

/// What a reader that wanted something else has taken out of the buffer. It is the next to be read, before what is in there.
final class SetAside: Sendable {
    private let events = Locked<[PubSub.Next]>([])
    /// Every read asks.
    private let holdsSome = Atomic(false)

    /// The first event, if there is one.
    func takeFirst() -> PubSub.Next? {
        guard holdsSome.load(ordering: .acquiring) else { return nil }
        return take { _ in true }
    }

    /// The first event that `matches`.
    func take(where matches: (PubSub.Next) -> Bool) -> PubSub.Next? {
        events.withLock { events in
            guard let index = events.firstIndex(where: matches) else { return nil }
            let event = events.remove(at: index)
            holdsSome.store(!events.isEmpty, ordering: .releasing)
            return event
        }
    }

    /// Puts an event behind the others. Returns whether there was room.
    func put(_ event: PubSub.Next, limit: Int) -> Bool {
        events.withLock { events in
            guard events.count < limit else { return false }
            events.append(event)
            holdsSome.store(true, ordering: .releasing)
            return true
        }
    }

    func hasRoom(limit: Int) -> Bool { events.withLock { $0.count < limit } }

    func removeAll() {
        let left = events.withLock { events in
            holdsSome.store(false, ordering: .releasing)
            return exchange(&events, with: [])
        }
        _ = consume left
    }
}
