import Synchronization

/// Counts events up to a limit, for several sinks together. Only events that the output has accepted count. Events on
/// their way to the output reserve a place, and release it when they are lost.
final class EventCounter: Sendable {
    enum Admission { case more, last, none }

    private let limit: Int
    private let admitted = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    /// Events that came while all places were reserved.
    private let leftOut = Atomic<Int>(0)

    init(limit: Int?) { self.limit = limit ?? .max }

    /// Reserves a place for one more event. Returns whether there was one, and whether it is the last.
    @inline(__always)
    func admit() -> Admission {
        // Without a limit nobody needs the numbers, and a count that threads share is not free.
        if limit == .max { return .more }
        let number = admitted.add(1, ordering: .relaxed).newValue
        return number < limit ? .more : admitLast(number)
    }

    private func admitLast(_ number: Int) -> Admission {
        if number == limit { return .last }
        admitted.subtract(1, ordering: .relaxed)
        leftOut.add(1, ordering: .relaxed)
        return .none
    }

    /// Notes that the output has accepted this many events. Returns whether the limit is reached.
    func wereTaken(_ count: Int) -> Bool {
        limit != .max && count > 0 && taken.add(count, ordering: .relaxed).newValue == limit
    }

    /// Notes that the output has lost this many events, so that others may take their places. Returns how many events
    /// had no place meanwhile.
    func wereLost(_ count: Int) -> Int {
        if limit == .max { return 0 }
        admitted.subtract(count, ordering: .relaxed)
        return taken.load(ordering: .relaxed) < limit ? leftOut.exchange(0, ordering: .relaxed) : 0
    }
}
