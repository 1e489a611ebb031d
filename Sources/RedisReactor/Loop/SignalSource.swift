internal import CRedisLibevent

/// Tells of a signal of the process, on the loop's thread. One loop of a process may have signal sources.
@safe package struct SignalSource: ~Copyable, Sendable {
    private nonisolated(unsafe) let event: OpaquePointer
    private let callback: LoopCallback
    private let loop: RedisEventLoop

    /// Takes over the signal from its default action for as long as the source lives.
    package init(_ signal: Int32, on loop: RedisEventLoop, _ body: @escaping @Sendable () -> Void)
        throws(RedisSystemError)
    {
        let callback = LoopCallback(body)
        unsafe event = try loop.makeEvent(signal, EV_SIGNAL | EV_PERSIST, callback)
        self.callback = callback
        self.loop = loop
        unsafe event_add(event, nil)
    }

    deinit {
        loop.preconditionCurrent()
        unsafe event_free(event)
    }
}
