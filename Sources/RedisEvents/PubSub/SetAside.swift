internal import Synchronization

/// What a reader that wanted something else has taken out of the buffer. It is the next to be read, before what is in there.
///
/// Kept by the server that it is from: neither the first of all nor the first of one has to be searched for.
final class SetAside: Sendable {
    private struct Waiting {
        /// Rises with the order in which they came.
        let number: Int
        /// A message is bound to its handler when it is read.
        var event: PubSub.Event
    }

    private struct State {
        var queues: [RedisEndpoint?: Queue<Waiting>] = [:]
        var count = 0
        /// What the events hold.
        var bytes = 0
        var lastNumber = 0

        mutating func popFirst(of node: RedisEndpoint?) -> PubSub.Event? {
            guard let event = queues[node]?.popFirst()?.event else { return nil }
            if queues[node]?.isEmpty == true { queues[node] = nil }
            count -= 1
            bytes -= event.heldBytes
            return event
        }
    }

    private let state = Locked(State())
    private let turn = Locked(())
    /// Whether anything was ever set aside, or is about to be. Every read asks.
    private let wasUsed = Atomic(false)
    private let holdsSome = Atomic(false)
    private let putCount = Atomic(0)

    /// Whether a reader has wanted something else, ever.
    var isInUse: Bool { wasUsed.load(ordering: .acquiring) }

    /// Does `body`, which takes events, while no other reader does: what one has taken and not put here yet would come behind
    /// what another takes. `isPutting` is for readers that may put.
    func inTurn<Result>(isPutting: Bool = false, _ body: () -> Result) -> Result {
        if isPutting { wasUsed.store(true, ordering: .releasing) }
        guard isInUse else { return body() }
        return turn.withLock { _ in body() }
    }

    var isEmpty: Bool { !holdsSome.load(ordering: .acquiring) }

    /// How often something was put: a reader that waits asks whether that has changed.
    var changes: Int { putCount.load(ordering: .acquiring) }

    /// The first event, if there is one.
    func takeFirst() -> PubSub.Event? {
        guard holdsSome.load(ordering: .acquiring) else { return nil }
        return state.withLock { state in
            let numbers = state.queues.compactMapValues { queue in queue.peekFirst { $0.number } }
            guard let first = numbers.min(by: { $0.value < $1.value }) else { return nil }
            return pop(first.key, &state)
        }
    }

    /// The first event of a server.
    func takeFirst(of node: RedisEndpoint) -> PubSub.Event? {
        guard holdsSome.load(ordering: .acquiring) else { return nil }
        return state.withLock { pop(node, &$0) }
    }

    private func pop(_ node: RedisEndpoint?, _ state: inout State) -> PubSub.Event? {
        defer { holdsSome.store(state.count > 0, ordering: .releasing) }
        return state.popFirst(of: node)
    }

    /// Puts an event behind the others.
    func put(_ event: PubSub.Event) {
        state.withLock { state in
            state.lastNumber += 1
            state.count += 1
            state.bytes += event.heldBytes
            state.queues[event.node, default: Queue()].append(Waiting(number: state.lastNumber, event: event))
            holdsSome.store(true, ordering: .releasing)
        }
        putCount.add(1, ordering: .acquiringAndReleasing)
    }

    func hasRoom(_ limit: RedisBufferLimit) -> Bool {
        state.withLock { $0.count < limit.events && $0.bytes < limit.bytes }
    }

    /// Gives messages to the handlers of that assignment.
    func rebind(_ assignment: HandlerAssignment) {
        guard holdsSome.load(ordering: .acquiring) else { return }
        state.withLock { state in
            for node in state.queues.keys {
                for offset in 0..<(state.queues[node]?.count ?? 0) {
                    state.queues[node]?.modify(at: offset) { waiting in
                        guard case .message(let message) = waiting.event else { return }
                        waiting.event = .message(message.rebound(assignment))
                    }
                }
            }
        }
    }

    /// Discards everything, and returns what that comes to.
    func removeAll() -> RedisDrop {
        let left = state.withLock { state in
            holdsSome.store(false, ordering: .releasing)
            return exchange(&state, with: State())
        }
        return left.queues.values.flatMap(\.elementsInOrder).reduce(into: .nothing) { sum, waiting in
            sum += RedisDrop(count: 1, bytes: waiting.event.message?.byteCount ?? waiting.event.heldBytes)
        }
    }
}
