/// Brings to a session what its driver, or a reader, wants of it later. It does not keep the session alive.
final class SessionRequests: Sendable {
    private let target = Locked<WeakSession>(WeakSession())

    private struct WeakSession {
        weak var session: Session<PubSubDriver>?
    }

    var session: Session<PubSubDriver>? {
        get { target.withLock { $0.session } }
        set { target.withLock { $0.session = newValue } }
    }

    /// The pause before a command is repeated that the server could not take: while it loads its data, for instance.
    private var pause: Duration { .milliseconds(250) }

    func scheduleRetry() {
        guard let session else { return }
        _ = ScheduledCall(after: pause, on: session.loop) {
            session.assumeIsolated { $0.retry() }
        }
    }

    /// The readers have room again.
    func adjustReading() {
        onLoop { $0.adjustReading() }
    }

    /// A private subscription has ended by itself.
    func remove(_ mailbox: Mailbox<PubSubControl>) {
        onLoop { $0.removeOutlet(of: mailbox, Answer()) }
    }

    private func onLoop(_ body: @escaping @Sendable (isolated Session<PubSubDriver>) -> Void) {
        guard let session else { return }
        session.loop.execute { session.assumeIsolated { body($0) } }
    }
}
