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
