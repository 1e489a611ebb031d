/// Brings to a driver, inside its session, what happens later or elsewhere: pauses that are over, answers of a second link.
final class DriverRequests: Sendable {
    typealias Body = @Sendable (PubSubDriver, inout WriteBuffer) -> Void

    private struct State {
        weak var session: Session<PubSubDriver>?
        var nextReading: ScheduledCall?
    }

    private let state = Locked(State())
    private let configuration: RedisConfiguration

    /// The pause before a command is repeated that the server could not take: while it loads its data, for instance.
    private static let retryPause = Duration.milliseconds(250)
    /// A gap waits for the counters; not for long.
    private static let countersTimeout = Duration.seconds(2)

    init(_ configuration: RedisConfiguration) { self.configuration = configuration }

    var session: Session<PubSubDriver>? {
        get { state.withLock { $0.session } }
        set { state.withLock { $0.session = newValue } }
    }

    /// Calls the driver's `retry` after a pause.
    func retryLater() { _ = after(Self.retryPause) { driver, output in driver.retry(&output) } }

    /// Calls the driver's `countersAreDue` after the interval of the configuration.
    func readCountersLater() {
        guard let interval = configuration.lossBoundInterval else { return }
        let call = after(interval) { driver, output in driver.countersAreDue(&output) }
        state.withLock { exchange(&$0.nextReading, with: call) }?.cancel()
    }

    /// Reads the server's counters on a link of their own. `body` gets `nil` when that is not to be had.
    func askForCounters(_ body: @escaping @Sendable (PubSubDriver, inout WriteBuffer, ServerCounters?) -> Void) {
        guard let loop = session?.loop else { return }
        var configuration = configuration
        configuration.reconnect = ReconnectPolicy(isEnabled: false)
        configuration.connectTimeout = min(configuration.connectTimeout, Self.countersTimeout)
        configuration.handshakeTimeout = min(configuration.handshakeTimeout, Self.countersTimeout)
        configuration.heartbeat = nil
        Task { [configuration] in
            var counters: ServerCounters?
            if let link = try? ControlLink(configuration, loop: loop) {
                let reply = try? await link.send(["INFO", "all"], timeout: Self.countersTimeout)
                counters = reply?.text.flatMap { ServerCounters(info: $0) }
                await link.close()
            }
            loop.execute { [counters] in self.perform { driver, output in body(driver, &output, counters) } }
        }
    }

    /// Asks for a second link with new credentials.
    func handOver(_ authentication: Authentication) { onLoop { $0.handOver(authentication) } }

    /// Does what was put off while links changed.
    func resume(_ request: @escaping HandoverRun.Request) { onLoop(request) }

    /// The readers have room again.
    func adjustReading() { onLoop { $0.adjustReading() } }

    /// A private subscription has ended by itself.
    func remove(_ mailbox: Mailbox<PubSubControl>) { onLoop { $0.removeOutlet(of: mailbox, Answer()) } }

    /// Forgets the next reading of the counters.
    func cancel() { state.withLock { $0.nextReading.take() }?.cancel() }

    private func after(_ pause: Duration, _ body: @escaping Body) -> ScheduledCall? {
        guard let session else { return nil }
        return ScheduledCall(after: pause, on: session.loop) { self.perform(body) }
    }

    private func onLoop(_ body: @escaping @Sendable (isolated Session<PubSubDriver>) -> Void) {
        guard let session else { return }
        session.loop.execute { session.assumeIsolated { body($0) } }
    }

    /// On the loop's thread.
    private func perform(_ body: @escaping Body) {
        guard let session else { return }
        session.assumeIsolated { session in
            guard !session.isClosed else { return }
            session.perform { driver, output in body(driver, &output) }
        }
    }
}
