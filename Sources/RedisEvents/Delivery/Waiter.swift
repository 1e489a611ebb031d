/// A reader that waits.
struct Waiter: Sendable {
    enum Kind: Sendable {
        case task(CheckedContinuation<Void, Never>)
        case thread(Parker)
    }

    private let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    func wake() {
        switch kind {
        case .task(let continuation): continuation.resume()
        case .thread(let parker): parker.unpark()
        }
    }
}

/// The readers that wait on one mailbox. Each is removed exactly once, by the caller that wakes it.
struct Waiters: Sendable {
    private var lastID: UInt64 = 0
    private var waiting: [UInt64: Waiter] = [:]
    /// Waiters that were woken before they began to wait, because they were cancelled or their deadline had passed.
    private var cancelled: Set<UInt64> = []
    private var announced: Set<UInt64> = []

    mutating func newID() -> UInt64 {
        lastID += 1
        announced.insert(lastID)
        return lastID
    }

    /// Adds a waiter. Returns whether it has to wait; otherwise it was woken before it was added.
    mutating func insert(_ waiter: Waiter, _ id: UInt64) -> Bool {
        announced.remove(id)
        if cancelled.remove(id) != nil { return false }
        waiting[id] = waiter
        return true
    }

    mutating func remove(_ id: UInt64) -> Waiter? {
        announced.remove(id)
        cancelled.remove(id)
        return waiting.removeValue(forKey: id)
    }

    /// Removes a waiter to be woken. If it has not been added yet, it will not have to wait.
    mutating func cancel(_ id: UInt64) -> Waiter? {
        if announced.contains(id) { cancelled.insert(id) }
        return waiting.removeValue(forKey: id)
    }

    mutating func takeAll() -> [Waiter] {
        guard !waiting.isEmpty else { return [] }
        let all = Array(waiting.values)
        waiting.removeAll()
        return all
    }
}
