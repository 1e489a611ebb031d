/// Brings what a driver wants of its session to it, later: now the driver is in the middle of something.
final class DriverRequests: Sendable {
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

    /// Asks for `retry` after a pause.
    func retryLater() {
        guard let session else { return }
        _ = ScheduledCall(after: pause, on: session.loop) {
            session.assumeIsolated { $0.retry() }
        }
    }

    /// Asks for a second link with new credentials.
    func handOver(_ authentication: Authentication) {
        perform { $0.handOver(authentication) }
    }

    /// Does what was put off.
    func perform(_ request: @escaping HandoverRun.Request) {
        guard let session else { return }
        session.loop.execute { session.assumeIsolated { request($0) } }
    }
}
