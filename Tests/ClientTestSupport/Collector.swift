internal import RedisTesting

/// Collects from tasks and threads.
package final class Collector<Item: Sendable>: Sendable {
    private let items = Locked<[Item]>([])

    package init() {}

    package var all: [Item] { items.withLock { $0 } }

    package func add(_ item: Item) { items.withLock { $0.append(item) } }
}
