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

/// Counts events up to a limit, for several sinks together. Only those count that the output took: those that are on their way
/// there hold a place, and give it back when they are lost.
final class EventCounter: Sendable {
    enum Admission { case more, last, none }

    private let limit: Int
    private let admitted = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    /// Came while all places were held.
    private let leftOut = Atomic<Int>(0)

    init(limit: Int?) { self.limit = limit ?? .max }

    /// Whether one more event may pass, and whether it is the last.
    @inline(__always)
    func admit() -> Admission {
        let number = admitted.add(1, ordering: .relaxed).newValue
        return number < limit ? .more : admitLast(number)
    }

    private func admitLast(_ number: Int) -> Admission {
        if number == limit { return .last }
        admitted.subtract(1, ordering: .relaxed)
        leftOut.add(1, ordering: .relaxed)
        return .none
    }

    /// The output took so many. Returns whether the limit is reached.
    func wereTaken(_ count: Int) -> Bool {
        limit != .max && count > 0 && taken.add(count, ordering: .relaxed).newValue == limit
    }

    /// The output did not take so many: others may pass in their place. Returns how many could not, meanwhile.
    func wereLost(_ count: Int) -> Int {
        admitted.subtract(count, ordering: .relaxed)
        return taken.load(ordering: .relaxed) < limit ? leftOut.exchange(0, ordering: .relaxed) : 0
    }
}
