/// Brings calls to a driver, inside its session, that happen later or elsewhere: pauses that are over, replies of a
/// second link.
package final class DriverRequests: Sendable {
    typealias Body = @Sendable (PubSubDriver, inout WriteBuffer) -> Void

    private struct State {
        weak var session: Session<PubSubDriver>?
        var nextReading: ScheduledCall?
        var nextProbe: ScheduledCall?
    }

    private let state = Locked(State())
    private let configuration: RedisConfiguration

    /// The pause before a command is repeated that the server could not execute, for example while it loads its data.
    private static let retryPause = Duration.milliseconds(250)
    /// How long a gap waits for the counters, and the delivery probe for its publish.
    private static let answerTimeout = Duration.seconds(2)

    package init(_ configuration: RedisConfiguration) { self.configuration = configuration }

    var session: Session<PubSubDriver>? {
        get { state.withLock { $0.session } }
        set { state.withLock { $0.session = newValue } }
    }

    /// Calls the driver's `retry` after a pause.
    func retryLater() { _ = after(Self.retryPause) { driver, output in driver.retry(&output) } }

    /// Calls the driver's `resubscribeRevoked` after a pause.
    func resubscribeLater(after pause: Duration) {
        _ = after(pause) { driver, output in driver.resubscribeRevoked(&output) }
    }

    /// Reads the server's counters after the interval of the configuration.
    func readCountersLater() {
        guard let interval = configuration.lossBoundInterval else { return }
        let call = after(interval) { driver, output in driver.filters.losses.intervalEnded(driver, &output) }
        state.withLock { exchange(&$0.nextReading, with: call) }?.cancel()
    }

    /// Reads the counters of that server over a link of their own. `body` gets `nil` when they cannot be read.
    func askForCounters(
        of server: RedisEndpoint,
        _ body: @escaping @Sendable (PubSubDriver, inout WriteBuffer, ServerCounters?) -> Void
    ) {
        ask(["INFO", "all"], configuration.pinned(to: server)) { driver, output, reply in
            let info = try? reply.get().bytes
            body(driver, &output, info.flatMap { ServerCounters(info: $0) })
        }
    }

    /// Calls the delivery probe after that time.
    func probeLater(after pause: Duration) {
        let call = after(pause) { driver, _ in driver.filters.probe?.intervalEnded(driver) }
        state.withLock { exchange(&$0.nextProbe, with: call) }?.cancel()
    }

    /// Ends the window of the echo filter after that time.
    func echoesEndLater(after pause: Duration) {
        _ = after(pause) { driver, _ in driver.echoWindowEnded() }
    }

    /// Publishes over a link of its own: to another node of the link's cluster, or to whichever server the endpoint leads
    /// to now. `body` gets the error, if any.
    func publish(
        _ channel: RedisBytes,
        _ payload: RedisBytes,
        _ body: @escaping @Sendable (PubSubDriver, RedisError?) -> Void
    ) {
        var configuration = configuration
        if let node = session?.discovery?.publisher { configuration = configuration.pinned(to: node) }
        ask(["PUBLISH", channel, payload], configuration) { driver, _, reply in
            if case .failure(let error) = reply { body(driver, error) } else { body(driver, nil) }
        }
    }

    /// Cuts the link because of `error`. It is opened again by the policy.
    func cut(_ error: RedisError) { onLoop { $0.cut(error) } }

    /// Sends one command over a second link, which is opened for it and closed afterwards.
    private func ask(
        _ command: RedisCommand,
        _ configuration: RedisConfiguration,
        _ body: @escaping @Sendable (PubSubDriver, inout WriteBuffer, Result<RESPValue, RedisError>) -> Void
    ) {
        guard let loop = session?.loop else { return }
        var configuration = configuration
        configuration.reconnect = RedisReconnectPolicy(isEnabled: false)
        configuration.connectTimeout = min(configuration.connectTimeout, Self.answerTimeout)
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        configuration.handshakeTimeout = min(configuration.handshakeTimeout, Self.answerTimeout)
        configuration.heartbeat = nil
        Task { [configuration] in
            let reply: Result<RESPValue, RedisError>
            do throws(RedisError) {
                let link = try CommandLink(configuration, loop: loop)
                reply = .success(try await link.send(command, timeout: Self.answerTimeout))
                await link.close()
            } catch { reply = .failure(error) }
            loop.execute { self.perform { driver, output in body(driver, &output, reply) } }
        }
    }

    /// Closes the link because of `error`, and opens it again at once.
    func reconnect(_ error: RedisError) { onLoop { $0.reopen(error) } }

    /// Removes a dedicated subscription that has ended by itself.
    func remove(_ mailbox: Mailbox<PubSubControl>) { session?.enqueue(.removeDedicated(mailbox, Promise())) }

    /// Cancels the next reading of the counters and the next call of the probe.
    func cancel() {
        let calls = state.withLock { [$0.nextReading.take(), $0.nextProbe.take()] }
        for call in calls { call?.cancel() }
    }

    private func after(_ pause: Duration, _ body: @escaping Body) -> ScheduledCall? {
        guard let session else { return nil }
        return ScheduledCall(after: pause, on: session.loop) { self.perform(body) }
    }

    private func onLoop(_ body: @escaping @Sendable (isolated Session<PubSubDriver>) -> Void) {
        guard let session else { return }
        session.loop.execute { session.assumeIsolated { body($0) } }
    }

    /// Must be called on the loop.
    private func perform(_ body: @escaping Body) {
        guard let session else { return }
        session.assumeIsolated { session in
            guard !session.isClosed else { return }
            session.perform { driver, output in body(driver, &output) }
        }
    }
}
