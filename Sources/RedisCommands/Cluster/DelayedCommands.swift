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

    /// A command that is being tried again.
    private struct Retry {
        weak var promise: Promise<RESPValue>?
        var error: RedisError
    }

    private var items: [Item] = []
    /// Why the last attempts of commands failed that are being tried again.
    private var retries: [ObjectIdentifier: Retry] = [:]

    /// When the next command is due.
    var nextDue: ContinuousClock.Instant? { items.lazy.map(\.due).min() }

    /// Why the last attempt of the command of that promise failed; `nil` when there was none that failed.
    func error(of promise: Promise<RESPValue>) -> RedisError? {
        if let retry = retries[ObjectIdentifier(promise)], retry.promise === promise { return retry.error }
        return items.first { $0.command.promise === promise }?.error
    }

    mutating func append(_ item: Item) {
        retries[ObjectIdentifier(item.command.promise)] = nil
        items.append(item)
    }

    /// Takes the commands that `isDue` selects, and forgets those that nobody waits for any more.
    mutating func take(where isDue: (Item) -> Bool = { _ in true }) -> [ClusterCommand] {
        var due: [ClusterCommand] = []
        var rest: [Item] = []
        retries = retries.filter { $0.value.promise?.isCompleted == false }
        for item in exchange(&items, with: []) where !item.command.promise.isCompleted {
            guard isDue(item) else {
                rest.append(item)
                continue
            }
            due.append(item.command)
            let promise = item.command.promise
            retries[ObjectIdentifier(promise)] = Retry(promise: promise, error: item.error)
        }
        items = rest
        return due
    }
}
