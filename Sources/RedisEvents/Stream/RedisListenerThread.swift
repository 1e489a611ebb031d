internal import Synchronization

/// A background thread that reads, made by `runInThread`.
public final class RedisListenerThread: Sendable {
    private struct State {
        var thread: PlainThread?
        var error: (any Error)?
    }

    private let isStopped = Atomic(false)
    private let state = Locked(State())
    private let loop: RedisEventLoop
    /// Makes the reader check `isStopped` at once.
    private let wakeReaders: @Sendable () -> Void

    init(of loop: RedisEventLoop, wakeReaders: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.wakeReaders = wakeReaders
    }

    /// Whether the thread still runs.
    public var isAlive: Bool { state.withLock { $0.thread.map { !$0.hasEnded } ?? true } }

    /// Ends the thread at once, or after the handler that is running now, and closes the source. A thread that has
    /// ended by itself leaves the source as it is. Idempotent, from anywhere, also from a handler.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        wakeReaders()
    }

    /// Blocks until the thread has ended.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever.
    /// - Returns: Whether it has ended. On the thread itself, in a handler, that is `false` at once.
    /// - Throws: The error that ended the thread, if there was one and no exception handler to take it;
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func join(timeout: Duration? = nil) throws -> Bool {
        try loop.refuseBlocking()
        // The thread is just starting, and calls this itself.
        guard let thread = state.withLock({ $0.thread }) else { return false }
        guard thread.join(until: timeout.map { ContinuousClock.now.advanced(by: $0) }) else { return false }
        if let error = state.withLock({ $0.error }) { throw error }
        return true
    }

    var mayGoOn: Bool { !isStopped.load(ordering: .acquiring) }

    func start(name: String, _ body: @escaping @Sendable (RedisListenerThread) throws -> Void) throws(RedisSystemError)
    {
        let thread = try PlainThread.start(name: name) { [self] in
            do { try body(self) } catch { state.withLock { $0.error = error } }
        }
        state.withLock { $0.thread = thread }
    }
}
