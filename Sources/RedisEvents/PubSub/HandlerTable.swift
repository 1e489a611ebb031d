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
