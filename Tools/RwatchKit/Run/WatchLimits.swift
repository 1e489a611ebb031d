import Synchronization

/// When a watch ends by itself.
package struct WatchLimits: Sendable {
    /// After that many events.
    package var count: Int?
    /// After that time.
    package var duration: Duration?

    /// Limits; `nil` is none.
    package init(count: Int? = nil, duration: Duration? = nil) {
        self.count = count
        self.duration = duration
    }
}

/// Counts events up to a limit, for several sinks together.
final class EventCounter: Sendable {
    enum Admission { case more, last, none }

    private let limit: Int
    private let counted = Atomic<Int>(0)

    init(limit: Int?) { self.limit = limit ?? .max }

    /// Whether one more event may pass, and whether it is the last.
    func admit() -> Admission {
        let number = counted.add(1, ordering: .relaxed).newValue
        if number < limit { return .more }
        return number == limit ? .last : .none
    }
}
