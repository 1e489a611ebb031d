internal import CRedisLibevent

/// Tells when a descriptor can be read or written, for as long as it is enabled. It belongs to the loop's thread and must
/// be gone before the descriptor is closed.
@safe package struct IOSource: ~Copyable {
    package enum Readiness: Sendable { case readable, writable }

    private let event: OpaquePointer
    private let callback: LoopCallback
    private let loop: RedisEventLoop
    private var isEnabled = false

    /// Creates a source that is not enabled yet. `body` runs on the loop's thread.
    package init(
        _ readiness: Readiness,
        of descriptor: Int32,
        on loop: RedisEventLoop,
        _ body: @escaping @Sendable () -> Void
    ) throws(RedisSystemError) {
        let callback = LoopCallback(body)
        let events = EV_PERSIST | (readiness == .readable ? EV_READ : EV_WRITE)
        unsafe event = try loop.makeEvent(descriptor, events, callback)
        self.callback = callback
        self.loop = loop
    }

    deinit {
        loop.preconditionCurrent()
        unsafe event_free(event)
    }

    /// Starts calling, once a turn while the descriptor stays ready.
    package mutating func enable() {
        guard !isEnabled else { return }
        isEnabled = true
        unsafe event_add(event, nil)
    }

    /// Stops calling.
    package mutating func disable() {
        guard isEnabled else { return }
        isEnabled = false
        unsafe event_del(event)
    }

    /// Calls once more in the next turn, whatever the system says of the descriptor, and whether enabled or not. libevent
    /// would do it in the same turn, before anything else had its chance.
    package func callAgain() {
        let callback = callback
        loop.execute { [weak callback] in callback?.body() }
    }
}
