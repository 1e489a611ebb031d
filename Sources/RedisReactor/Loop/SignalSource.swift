internal import CRedisLibevent

/// Reports a signal of the process, on the loop's thread. Only one loop of a process may have signal sources.
@safe package struct SignalSource: ~Copyable, Sendable {
    private nonisolated(unsafe) let event: OpaquePointer
    private let callback: LoopCallback
    private let loop: RedisEventLoop

    /// Replaces the default action of the signal while the source lives.
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

/// Signals of the process as events of a loop, instead of their default actions.
package actor SignalWatch {
    private let loop: RedisEventLoop
    private var sources: [Int32: Holder] = [:]

    /// A class, because arrays and dictionaries accept only copyable values.
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

    /// Restores the earlier actions of the signals.
    package func stop() { sources = [:] }
}
