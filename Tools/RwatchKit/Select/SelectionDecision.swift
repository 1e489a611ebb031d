/// The decisions about one event after the other.
struct SelectionDecision: ~Copyable {
    private let filter: EventFilter
    private var reader: EventReader
    private var sampler: Sampler
    /// How many events are still shown because they follow a selected one.
    private var left = 0
    /// Whether an event may be the last one to show.
    let hasLast: Bool
    /// Whether the last event to show has been shown.
    private(set) var isOver = false

    init(_ filter: EventFilter) {
        self.filter = filter
        hasLast = filter.last != nil
        reader = EventReader(filter.table, filter.patterns)
        sampler = Sampler(filter.sample)
    }

    /// Whether an event is shown. `names` is what is known already of its names and keys.
    mutating func selects(_ event: borrowing SelectedEvent, names: Verdict = .unknown) -> Bool {
        reader.begin()
        if !hasLast { return isShown(event, names) }
        guard !isOver, isShown(event, names) else { return false }
        if let last = filter.last, reader.verdict(last, event) == .yes { isOver = true }
        return true
    }

    @inline(__always)
    private mutating func isShown(_ event: borrowing SelectedEvent, _ names: Verdict) -> Bool {
        if let scope = filter.scope, reader.verdict(scope, event) == .no { return false }
        if isSelected(event, names), sampler.keeps() {
            left = filter.following
            return true
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    private mutating func isSelected(_ event: borrowing SelectedEvent, _ names: Verdict) -> Bool {
        if names == .no { return false }
        if names == .unknown {
            for condition in filter.names where reader.verdict(condition, event) == .no { return false }
        }
        for condition in filter.conditions where reader.verdict(condition, event) == .no { return false }
        return true
    }
}
