internal import Synchronization

/// The handlers that readers call, by number. Messages carry the number, so that the loop never touches a handler.
package final class HandlerTable: Sendable {
    private struct State {
        var lastNumber: UInt32 = 0
        var handlers: [UInt32: PubSub.Handler] = [:]
    }

    private let state = Locked(State())

    package init() {}

    /// Rises when a handler is replaced or forgotten.
    private let changeCount = Atomic(0)

    /// As long as this is the same, a number stands for the same handler.
    var version: Int { changeCount.load(ordering: .acquiring) }

    /// Whether there is no handler.
    var isEmpty: Bool { state.withLock { $0.handlers.isEmpty } }

    /// A number for a handler.
    package func add(_ handler: PubSub.Handler) -> UInt32 {
        state.withLock { state in
            state.lastNumber += 1
            state.handlers[state.lastNumber] = handler
            return state.lastNumber
        }
    }

    /// Replaces a handler, with `nil` by none: its messages go to the stream.
    package func replace(_ number: UInt32, by handler: PubSub.Handler?) {
        // What the old one holds on to may end with it; that is not for the time under the lock.
        let old = state.withLock { exchange(&$0.handlers[number], with: handler) }
        changeCount.add(1, ordering: .releasing)
        _ = consume old
    }

    /// Forgets all handlers.
    func removeAll() {
        // What a handler holds on to may end with it; that is not for the time under the lock.
        let handlers = state.withLock { exchange(&$0.handlers, with: [:]) }
        changeCount.add(1, ordering: .releasing)
        _ = consume handlers
    }

    subscript(number: UInt32) -> PubSub.Handler? {
        number == 0 ? nil : state.withLock { $0.handlers[number] }
    }
}

/// Which handlers take the messages of some names from now on, those that are queued included: a message goes to
/// whoever is the handler of its name when it is read.
///
/// Queued messages carry the number of the handler that their name had when they came. Names that keep their number
/// need nothing; this is for names that have got another one, or lost theirs.
package struct HandlerAssignment: Sendable {
    private let kind: RedisSubscriptionKind
    private var numbers: [RedisBytes: UInt32] = [:]
    /// The names that nothing was known of: unless they were subscribed before, nothing of theirs can wait.
    private var newNames: Set<RedisBytes> = []
    /// The lengths of the names modulo 64, a bit each: most messages of other names are passed over at the first look.
    private var lengths: UInt64 = 0

    package init(_ kind: RedisSubscriptionKind) { self.kind = kind }

    package var isEmpty: Bool { numbers.isEmpty }

    /// From now on the messages of `name` are for that handler; 0 is for none.
    package mutating func assign(_ number: UInt32, to name: RedisBytes, isNew: Bool = false) {
        if isNew { newNames.insert(name) }
        numbers[name] = number
        lengths |= 1 << UInt64(name.count & 63)
    }

    /// Leaves out the new names of which nothing is queued.
    mutating func removeNewNames(except isQueued: (RedisGap.Name) -> Bool) {
        for name in newNames where !isQueued(RedisGap.Name(kind: kind, name: name)) { numbers[name] = nil }
    }

    /// The number that a message gets, or `nil` when it keeps the one that it has.
    func number(for record: Record, in slab: [UInt8]) -> UInt32? {
        guard record.kind == kind.rawValue else { return nil }
        let isPattern = kind == .pattern
        let length = isPattern ? record.patternLength : record.channelLength
        guard lengths & 1 << UInt64(length & 63) != 0 else { return nil }
        let start = isPattern ? record.start : record.channelStart
        let number = numbers[RedisBytes(storage: slab, start: start, count: length)]
        return number == record.handler ? nil : number
    }
}
