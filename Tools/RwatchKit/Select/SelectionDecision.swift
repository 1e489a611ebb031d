/// The decisions about one event after the other.
struct SelectionDecision: ~Copyable {
    private let filter: EventFilter
    private var reader: EventReader
    private var sampler: Sampler
    /// How many events are still shown because they follow a selected one.
    private var left = 0
    /// Whether the event that was shown last is the last one to show.
    private(set) var isLast = false

    init(_ filter: EventFilter) {
        self.filter = filter
        reader = EventReader(filter.table, filter.patterns)
        sampler = Sampler(filter.sample)
    }

    /// Whether an event is shown. `names` is what is known already of its names and keys.
    mutating func selects(_ event: borrowing SelectedEvent, names: Verdict = .unknown) -> Bool {
        guard isShown(event, names) else { return false }
        if let last = filter.last, reader.verdict(last, event) == .yes { isLast = true }
        return true
    }

    private mutating func isShown(_ event: borrowing SelectedEvent, _ names: Verdict) -> Bool {
        reader.begin()
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
