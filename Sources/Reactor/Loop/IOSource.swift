internal import CLibevent

/// Tells when a descriptor can be read or written, for as long as it is enabled. It belongs to the loop's thread and must
/// be gone before the descriptor is closed.
@safe package struct IOSource: ~Copyable {
    package enum Readiness: Sendable { case readable, writable }

    private let event: OpaquePointer
    private let callback: LoopCallback
    private let loop: EventLoop
    private var isEnabled = false

    /// Creates a source that is not enabled yet. `body` runs on the loop's thread.
    package init(
        _ readiness: Readiness,
        of descriptor: Int32,
        on loop: EventLoop,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        loop.preconditionCurrent()
        let callback = LoopCallback(body)
        let events = Int16(EV_PERSIST) | Int16(readiness == .readable ? EV_READ : EV_WRITE)
        guard
            let event = unsafe event_new(
                loop.base,
                descriptor,
                events,
                { unsafe loopCallbackEntry($0, $1, $2) },
                callback.context
            )
        else { throw .last("event_new") }
        unsafe self.event = event
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
}
