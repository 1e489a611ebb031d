import RedisPOSIX
import RedisReactor
import Synchronization

/// One reader of the stream: a page, or whoever reads `/events`. The loop's thread adds events, and the thread of the
/// HTTP server takes them.
package final class Viewer: Sendable {
    private final class Box {
        var queue: EventQueue

        init(_ queue: consuming EventQueue) { self.queue = queue }
    }

    private struct Waking {
        var isAsked = false
        var wake: (@Sendable () -> Void)?
    }

    package let form: EventQueue.Form
    /// What it wants to see.
    package let selection: ViewerSelection
    private let box: Locked<Box>
    private let waking = Locked(Waking())

    package init(_ form: EventQueue.Form, _ selection: ViewerSelection, limits: EventQueue.Limits) {
        self.form = form
        self.selection = selection
        box = Locked(Box(EventQueue(form, limits: limits)))
    }

    /// Calls `body` with the queue, which nobody else touches meanwhile.
    package func withQueue<Result>(_ body: (inout EventQueue) -> Result) -> Result {
        box.withLock { body(&$0.queue) }
    }

    /// Sets what is called when something waits and nothing did before. Any thread may call it.
    package func onEvents(_ wake: (@Sendable () -> Void)?) { waking.withLock { $0.wake = wake } }

    /// Tells the reader that something waits. It is told again only after it has taken that.
    package func tell() {
        let wake = waking.withLock { waking in
            exchange(&waking.isAsked, with: true) ? nil : waking.wake
        }
        wake?()
    }

    /// Takes what waits.
    package func take(id: Int) -> [UInt8] {
        waking.withLock { $0.isAsked = false }
        return withQueue { $0.take(at: RedisTimestamp.now().microseconds, id: id) }
    }
}
