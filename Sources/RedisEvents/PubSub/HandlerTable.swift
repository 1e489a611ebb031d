internal import Synchronization

/// The handlers that readers call, by number. Messages contain the number, so that the loop never touches a handler.
package final class HandlerTable: Sendable {
    private struct State {
        var numbers: NumberSequence
        var handlers: [UInt32: PubSub.Handler] = [:]
    }

    private let state: Locked<State>

    package convenience init() { self.init(NumberSequence()) }

    package init(_ numbers: NumberSequence) { state = Locked(State(numbers: numbers)) }

    /// Grows when a handler is replaced or removed.
    private let changeCount = Atomic(0)

    /// While the version stays the same, a number means the same handler.
    var version: Int { changeCount.load(ordering: .acquiring) }

    /// Whether there is no handler.
    var isEmpty: Bool { state.withLock { $0.handlers.isEmpty } }

    /// Adds a handler. Returns its number.
    package func add(_ handler: PubSub.Handler) -> UInt32 {
        state.withLock { state in
            let number = state.numbers.next { state.handlers[$0] != nil }
            state.handlers[number] = handler
            return number
        }
    }

    /// Replaces a handler. With `nil`, its messages go to the stream.
    package func replace(_ number: UInt32, by handler: PubSub.Handler?) {
        // Releasing the old handler may run code of its own, which must not happen under the lock.
        let old = state.withLock { exchange(&$0.handlers[number], with: handler) }
        changeCount.add(1, ordering: .releasing)
        _ = consume old
    }

    /// Removes all handlers.
    func removeAll() {
        // Releasing a handler may run code of its own, which must not happen under the lock.
        let handlers = state.withLock { exchange(&$0.handlers, with: [:]) }
        changeCount.add(1, ordering: .releasing)
        _ = consume handlers
    }

    subscript(number: UInt32) -> PubSub.Handler? {
        number == 0 ? nil : state.withLock { $0.handlers[number] }
    }
}

/// The handlers that receive the messages of some names from now on, including queued messages: a message goes to the
/// handler that its name has when the message is read.
///
/// Queued messages contain the number of the handler that their name had when they came. Names that keep their number
/// need no change; this type is for names whose number has changed or was removed.
package struct HandlerAssignment: Sendable {
    private let kind: RedisSubscriptionKind
    private var numbers: [RedisBytes: UInt32] = [:]
    /// Names that were unknown before. Unless they were subscribed earlier, none of their messages can wait.
    private var newNames: Set<RedisBytes> = []
    /// The lengths of the names modulo 64, as one bit each. They exclude most messages of other names at once.
    private var lengths: UInt64 = 0

    package init(_ kind: RedisSubscriptionKind) { self.kind = kind }

    package var isEmpty: Bool { numbers.isEmpty }

    /// From now on, the messages of `name` belong to the handler of that number; 0 means none.
    package mutating func assign(_ number: UInt32, to name: RedisBytes, isNew: Bool = false) {
        if isNew { newNames.insert(name) }
        numbers[name] = number
        lengths |= 1 << UInt64(name.count & 63)
    }

    /// Removes the new names of which nothing is queued.
    mutating func removeNewNames(except isQueued: (RedisGap.Name) -> Bool) {
        for name in newNames where !isQueued(RedisGap.Name(kind: kind, name: name)) { numbers[name] = nil }
    }

    /// The number that a message gets, or `nil` when it keeps its number.
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
