/// How other threads have the engine do something: they put it down, wake the engine, and wait until it is done.
final class EngineCalls: Sendable {
    typealias Call = @Sendable (FaultEngine) -> Void

    private struct State {
        var waiting: [Call] = []
        var isOver = false
    }

    private let state = Locked(State())
    private let wakeSender: StreamSocket
    /// Readable when there is a call.
    let wakeDescriptor: SharedDescriptor

    init() throws(RedisTestingError) { (wakeSender, wakeDescriptor) = try StreamSocket.pair() }

    /// Has the engine's thread do it between two waits, and returns when it is done. Returns `nil`, having done
    /// nothing, when the engine has ended.
    func perform<Result: Sendable>(_ body: @escaping @Sendable (FaultEngine) -> Result) -> Result? {
        let latch = Latch()
        let result = Locked<Result?>(nil)
        let isTaken = state.withLock { state in
            guard !state.isOver else { return false }
            state.waiting.append { engine in
                let value = body(engine)
                result.withLock { $0 = value }
                latch.open()
            }
            return true
        }
        guard isTaken else { return nil }
        // When the byte does not fit there are others, which wake just as well.
        _ = wakeSender.descriptor.send([1], 0..<1)
        latch.wait()
        return result.withLock { $0 }
    }

    /// The last call there is: ends the engine.
    func stop() {
        _ = perform { $0.stop() }
    }

    /// The calls that wait, for the engine.
    func take() -> [Call] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// Takes no more calls, and does those that came late. For the engine's thread, at its end.
    func end(_ engine: FaultEngine) {
        let late = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for call in late { call(engine) }
    }

    func drainWakes() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while case .bytes = wakeDescriptor.receive(into: &bytes, atMost: bytes.count) {}
    }
}
