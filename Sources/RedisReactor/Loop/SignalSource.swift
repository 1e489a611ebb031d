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

/// Signals of the process as events of a loop, in place of their default actions.
package actor SignalWatch {
    private let loop: RedisEventLoop
    private var sources: [Int32: Holder] = [:]

    /// Arrays and dictionaries take copyable values only.
    private final class Holder {
        var source: SignalSource?

        init(_ source: consuming SignalSource) { self.source = consume source }
    }

    package init(on loop: RedisEventLoop) { self.loop = loop }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Calls `body` on the loop's thread for each arrival of one of the signals, until `stop`.
    package func start(_ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void) throws(RedisSystemError) {
        for signal in signals {
            sources[signal] = Holder(try SignalSource(signal, on: loop) { body(signal) })
        }
    }

    /// Gives the signals their earlier actions back.
    package func stop() { sources = [:] }
}
