internal import CRedisLibevent

/// Reports when a descriptor can be read or written, while it is enabled. It belongs to the loop's thread and must be
/// released before the descriptor is closed.
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

    /// Enables the source: it calls once in each turn while the descriptor is ready.
    package mutating func enable() {
        guard !isEnabled else { return }
        isEnabled = true
        unsafe event_add(event, nil)
    }

    /// Disables the source.
    package mutating func disable() {
        guard isEnabled else { return }
        isEnabled = false
        unsafe event_del(event)
    }

    /// Calls once more in the next turn, whether the descriptor is ready or not, and whether the source is enabled or
    /// not. libevent would call in the same turn, before anything else had a chance.
    package func callAgain() {
        let callback = callback
        loop.execute { [weak callback] in callback?.body() }
    }
}

/// The object that libevent calls. The event's owner keeps it alive; the C side only has a pointer to it.
final class LoopCallback: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// The pointer that goes to libevent.
    var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }
}

/// The one function that libevent calls. The callback is kept alive for the length of the call, which may free its
/// event.
func loopCallbackEntry(_ descriptor: Int32, _ events: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<LoopCallback>.fromOpaque(context).takeUnretainedValue().body()
}

extension RedisEventLoop {
    /// An event of libevent that calls `callback`, not added yet. The caller owns both, and frees the event on this
    /// thread.
    func makeEvent(_ descriptor: Int32, _ events: Int32, _ callback: LoopCallback) throws(RedisSystemError)
        -> OpaquePointer
    {
        preconditionCurrent()
        guard
            let event = unsafe event_new(
                base,
                descriptor,
                Int16(events),
                { unsafe loopCallbackEntry($0, $1, $2) },
                callback.context
            )
        else { throw .last("event_new") }
        return unsafe event
    }
}
