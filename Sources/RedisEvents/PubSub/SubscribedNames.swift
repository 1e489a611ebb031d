internal import Synchronization

/// What threads may ask about the subscriptions without a word to the loop.
final class SubscribedNames: Sendable {
    private let confirmed = Atomic<Int>(0)
    private let readersOfHandlers = Atomic<Int>(0)

    /// How many names the server has confirmed and not confirmed away.
    var count: Int { confirmed.load(ordering: .acquiring) }

    /// One of the links has so many more.
    func add(_ difference: Int) {
        if difference != 0 { confirmed.add(difference, ordering: .acquiringAndReleasing) }
    }

    /// Whether a reader runs that takes handlers only, so that a name without one would go unheard.
    var handlersAreRequired: Bool { readersOfHandlers.load(ordering: .acquiring) > 0 }

    func readerBegan() { readersOfHandlers.add(1, ordering: .acquiringAndReleasing) }

    func readerEnded() { readersOfHandlers.subtract(1, ordering: .acquiringAndReleasing) }
}
