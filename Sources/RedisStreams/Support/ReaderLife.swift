internal import RedisCore

/// Whether a reader reads, and who is told when it does. A plain value.
struct ReaderLife {
    private enum State {
        case idle
        case starting([Promise<Void>])
        case running
        /// Nothing new is taken any more.
        case draining
        case closed
    }

    private var state = State.idle

    var isIdle: Bool { if case .idle = state { true } else { false } }
    var isStarting: Bool { if case .starting = state { true } else { false } }
    var isRunning: Bool { if case .running = state { true } else { false } }
    var isClosed: Bool { if case .closed = state { true } else { false } }

    /// What whoever wants it to start is told at once; `nil` while it does not read yet.
    var startResult: Result<Void, RedisError>? {
        switch state {
        case .running, .draining: .success(())
        case .closed: .failure(.closed)
        case .idle, .starting: nil
        }
    }

    /// Somebody waits for the start. Returns whether it has to begin now.
    mutating func start(_ promise: Promise<Void>) -> Bool {
        switch state {
        case .idle:
            state = .starting([promise])
            return true
        case .starting(let waiting): state = .starting(waiting + [promise])
        case .running, .draining, .closed: break
        }
        return false
    }

    /// It reads from now on. Returns who waits for that.
    mutating func began() -> [Promise<Void>] { isStarting ? move(to: .running) : [] }

    /// It could not begin, and may be started again. Returns who waits for the start.
    mutating func failed() -> [Promise<Void>] { isStarting ? move(to: .idle) : [] }

    /// It takes nothing new. Returns who waits for the start.
    mutating func drain() -> [Promise<Void>] { isClosed ? [] : move(to: .draining) }

    /// It has ended. Returns who waits for the start.
    mutating func close() -> [Promise<Void>] { move(to: .closed) }

    private mutating func move(to new: State) -> [Promise<Void>] {
        defer { state = new }
        return if case .starting(let waiting) = state { waiting } else { [] }
    }
}

extension Sequence<Promise<Void>> {
    /// Tells all of them the same.
    func complete(_ result: Result<Void, RedisError>) {
        for promise in self { promise.complete(result) }
    }
}
