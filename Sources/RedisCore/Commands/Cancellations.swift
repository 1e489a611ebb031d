internal import RedisPOSIX

/// The numbers of calls that were cancelled, until the loop takes them. To end a wait, everything that waits is looked
/// at once; so the loop ends the waits of all that were cancelled meanwhile together. Any thread may call.
package final class Cancellations: Sendable {
    private let ids = Locked<Set<Int>>([])

    package init() {}

    /// Adds numbers. Returns whether the loop has to be told; it has been if there were some already.
    package func add(_ added: Set<Int>) -> Bool {
        ids.withLock { ids in
            defer { ids.formUnion(added) }
            return ids.isEmpty
        }
    }

    /// Takes all numbers.
    package func take() -> Set<Int> { ids.withLock { exchange(&$0, with: []) } }
}
