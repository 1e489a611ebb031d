import Synchronization

/// A thread of the system, for code that blocks and must not occupy a thread of Swift's cooperative pool.
package final class PlainThread: Sendable {
    private struct State {
        var hasEnded = false
        var waiters: [Parker] = []
        /// `nil` once somebody has joined the thread.
        var handle: pthread_t?
    }

    private let state = Locked(State())
    private let identity = Atomic<UInt>(0)

    private init() {}

    deinit { if let handle = state.withLock({ $0.handle.take() }) { pthread_detach(handle) } }

    /// Starts a thread that runs `body` once. `name` is what tools such as `top -H` show, at most 15 bytes of it.
    package static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(RedisSystemError)
        -> PlainThread
    {
        let thread = PlainThread()
        let main = ThreadMain(name: name) {
            thread.identity.store(currentIdentity, ordering: .releasing)
            body()
            thread.end()
        }
        var handle = pthread_t()
        let context = unsafe Unmanaged.passRetained(main)
        let code = unsafe pthread_create(&handle, nil, { unsafe threadEntry($0) }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw RedisSystemError(call: "pthread_create", code: code)
        }
        thread.state.withLock { [handle] in $0.handle = handle }
        return thread
    }

    /// A number that no other live thread has.
    package static var currentIdentity: UInt { UInt(pthread_self()) }

    /// Whether the caller runs on this thread.
    package var isCurrent: Bool { identity.load(ordering: .acquiring) == Self.currentIdentity && !hasEnded }

    /// Whether `body` has returned.
    package var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Blocks until the thread has ended, or until `deadline`. Returns whether it has ended. A thread cannot wait for
    /// itself: that returns `false` at once.
    @discardableResult
    package func join(until deadline: ContinuousClock.Instant? = nil) -> Bool {
        if isCurrent { return false }
        let parker = Parker()
        let isRunning = state.withLock { state in
            if !state.hasEnded { state.waiters.append(parker) }
            return !state.hasEnded
        }
        if isRunning, !parker.park(until: deadline) {
            let hasEnded = state.withLock { state in
                state.waiters.removeAll { $0 === parker }
                return state.hasEnded
            }
            guard hasEnded else { return false }
        }
        // `body` has returned, so this takes no time.
        if let handle = state.withLock({ $0.handle.take() }) { pthread_join(handle, nil) }
        return true
    }

    private func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            return exchange(&state.waiters, with: [])
        }
        for waiter in waiters { waiter.unpark() }
    }
}

private final class ThreadMain: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func threadEntry(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let main = unsafe Unmanaged<ThreadMain>.fromOpaque(context).takeRetainedValue()
    nameThisThread(main.name)
    main.body()
    return nil
}

/// Names the thread for `top -H` and debuggers; the system takes the first 15 bytes. Its file in `/proc` may belong to
/// root.
private func nameThisThread(_ name: String) { _ = unsafe redis_events_name_thread(name) }
