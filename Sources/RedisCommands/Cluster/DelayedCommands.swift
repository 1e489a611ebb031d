/// Commands that wait for their next attempt, in the order in which they came back. A plain value.
struct DelayedCommands {
    struct Item: Sendable {
        var command: ClusterCommand
        var due: ContinuousClock.Instant
        /// Why the last attempt failed.
        var error: RedisError
        /// Whether another shape of the cluster may help before `due`.
        var waitsForShape: Bool
    }

    private var items: [Item] = []

    /// When the next one is due.
    var nextDue: ContinuousClock.Instant? { items.lazy.map(\.due).min() }

    /// Why the command of that promise waits; `nil` when it does not.
    func error(of promise: Promise<RESPValue>) -> RedisError? {
        items.first { $0.command.promise === promise }?.error
    }

    mutating func append(_ item: Item) { items.append(item) }

    /// Takes out the commands that `isDue` says yes to, and forgets those that nobody waits for any more.
    mutating func take(where isDue: (Item) -> Bool = { _ in true }) -> [ClusterCommand] {
        var due: [ClusterCommand] = []
        var rest: [Item] = []
        for item in exchange(&items, with: []) where !item.command.promise.isCompleted {
            if isDue(item) { due.append(item.command) } else { rest.append(item) }
        }
        items = rest
        return due
    }
}
