/// The wait for the parts of one batch: each ends by itself, and the last one ends the wait. Any thread may call.
final class BatchWait<Part: Sendable>: Sendable {
    private struct State: Sendable {
        var parts: [Part?]
        var missing: Int
    }

    private let state: Locked<State>
    private let promise: Promise<[Part]>

    /// - Parameters:
    ///   - count: How many parts there are.
    ///   - body: Gets the outcomes in order, instead of a task that awaits `value`.
    init(count: Int, _ body: (@Sendable ([Part]) -> Void)? = nil) {
        promise = body.map { body in Promise { body((try? $0.get()) ?? []) } } ?? Promise()
        state = Locked(State(parts: Array(repeating: nil, count: count), missing: count))
        if count == 0 { promise.complete(.success([])) }
    }

    /// Notes the outcome of a part.
    func ended(_ index: Int, _ part: Part) {
        let parts = state.withLock { state -> [Part]? in
            state.parts[index] = part
            state.missing -= 1
            return state.missing == 0 ? state.parts.compactMap { $0 } : nil
        }
        if let parts { promise.complete(.success(parts)) }
    }

    /// Waits for all parts and returns their outcomes in order. The cancellation of the task is the parts' business.
    func value() async -> [Part] { (try? await promise.result().get()) ?? [] }
}
