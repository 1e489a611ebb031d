internal import CRedisLibevent

/// What libevent calls back. The event's owner keeps it alive; the C side only points to it.
final class LoopCallback: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// The pointer that goes to libevent.
    var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }
}

/// The one function that libevent calls. The callback is kept alive for the length of the call, which may free its event.
func loopCallbackEntry(_ descriptor: Int32, _ events: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<LoopCallback>.fromOpaque(context).takeUnretainedValue().body()
}

extension RedisEventLoop {
    /// An event of libevent that calls `callback`, not added yet. The caller owns both, and frees the event on this thread.
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
