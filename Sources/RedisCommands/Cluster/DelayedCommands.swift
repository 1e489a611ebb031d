/// Commands that wait for their next attempt, in the order in which they came back. A plain value.
struct DelayedCommands {
    struct Item: Sendable {
        var command: ClusterCommand
        var due: ContinuousClock.Instant
        /// Whether another shape of the cluster may help before `due`.
        var waitsForShape: Bool
    }

    private var items: [Item] = []

    /// When the next command is due, or its deadline passes.
    var nextDue: ContinuousClock.Instant? {
        items.lazy.map { item in item.command.deadline.map { min($0, item.due) } ?? item.due }.min()
    }

    mutating func append(_ item: Item) { items.append(item) }

    /// Takes the commands that `isMeant` selects.
    mutating func take(where isMeant: (Item) -> Bool = { _ in true }) -> [ClusterCommand] {
        guard !items.isEmpty else { return [] }
        var taken: [ClusterCommand] = []
        var rest: [Item] = []
        for item in exchange(&items, with: []) {
            if isMeant(item) { taken.append(item.command) } else { rest.append(item) }
        }
        items = rest
        return taken
    }
}
