/// Sends commands and returns their replies over one connection of its own: for a subscriber, which may send nothing
/// else in RESP2, or for a monitor that checks its own output buffer.
///
/// The first command opens the connection, which is opened again when it is lost. Commands of one loop turn leave in
/// one write, and replies come back in order. Releasing the object closes the connection.
package final class ControlLink: Sendable {
    private let session: Session<ControlDriver>

    /// Prepares a link; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - limits: How large a reply may be, instead of the configuration's limits, which are for events.
    ///   - loop: The loop of the link; `nil` means the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the shared loop cannot be started.
    package init(
        _ configuration: RedisConfiguration,
        limits: RedisFrameLimits = .answers,
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        var configuration = configuration
        configuration.limits = limits
        try configuration.validate()
        let driver = ControlDriver(endpoint: configuration.endpoint)
        session = Session(configuration: configuration, loop: try RedisEventLoop.chosen(loop), driver: driver)
    }

    deinit { closeNow() }

    /// Sends a command and returns its reply.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - timeout: How long to wait for the reply; `nil` means for ever. The link stays up: a late reply is discarded.
    /// - Returns: The reply.
    /// - Throws: `.serverError`, `.notPermitted` and similar errors for an error reply; `.connectionLost`;
    ///   `.connectFailed` and similar errors; `.timedOut`; `.cancelled`; `.closed`; `.invalidCommand` when the command
    ///   has no name.
    package func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) async throws(RedisError) -> RESPValue
    {
        let promise = try enqueue(command)
        let timer = timeout.map { timeout in
            ScheduledCall(after: timeout, on: session.loop) {
                promise.complete(.failure(RedisError(.timedOut, "no reply in time", phase: .command)))
            }
        }
        defer { timer?.cancel() }
        return try await promise.value()
    }

    /// Sends a command and returns its reply, on a plain thread. Must not be called on the loop.
    @available(*, noasync, message: "await the other form")
    package func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> RESPValue {
        try session.loop.refuseBlocking()
        return try enqueue(command).waitBlocking(until: timeout.map { ContinuousClock.now.advanced(by: $0) })
    }

    /// Enqueues a command and returns the promise of its reply. Commands leave in the order of these calls.
    package func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue> {
        guard let name = command.arguments.first, !name.isEmpty else {
            throw RedisError(.invalidCommand, "a command needs a name")
        }
        let promise = Promise<RESPValue>()
        session.loop.execute { [session] in
            session.assumeIsolated { $0.send(command, ControlDriver.Recipient(promise: promise)) }
        }
        return promise
    }

    /// Sends a command whose outcome is reviewed before the caller gets it. The link does not complete the promise.
    /// Must be called on the loop.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - prefix: A command that is sent directly before it over the same connection, and whose reply is discarded.
    ///   - promise: When it is completed, nobody waits any more.
    ///   - review: Called once with the outcome, on the loop, in the middle of the link's work. It must not call the
    ///     link.
    package func submit(
        _ command: RedisCommand,
        behind prefix: RedisCommand? = nil,
        for promise: Promise<RESPValue>,
        review: @escaping @Sendable (ControlOutcome) -> Void
    ) {
        session.assumeIsolated { session in
            session.send(command, behind: prefix, ControlDriver.Recipient(promise: promise, review: review))
        }
    }

    /// Whether nobody waits for a reply. Must be asked on the loop.
    package var isIdle: Bool { session.assumeIsolated { $0.driver.isIdle } }

    /// Fails the commands that are not written yet, with `error`. Must be called on the loop.
    package func recall(_ error: RedisError) {
        session.assumeIsolated { session in session.perform { driver, _ in driver.failWaiting(error) } }
    }

    /// Whether the command of `promise` waits to be written. Must be asked on the loop.
    package func keeps(_ promise: Promise<RESPValue>) -> Bool {
        session.assumeIsolated { $0.driver.keeps(promise) }
    }

    /// Closes the link because of `error`, if it is up. It is opened again by the policy. Must be called on the loop.
    package func lose(_ error: RedisError) {
        session.assumeIsolated { $0.cut(error) }
    }

    /// The loop of the link.
    package var loop: RedisEventLoop { session.loop }

    /// Ends the link and returns when nothing of it is left. Commands without a reply fail with `.closed`. Idempotent.
    package func close() async { await session.controlClosed() }

    /// Ends the link, as `close` does, without waiting.
    package func closeNow() {
        session.loop.execute { [session] in session.assumeIsolated { $0.controlClosedNow() } }
    }

    /// Cuts the link as if the network had failed. It is opened again by the policy.
    package func cut() async { await session.cut() }
}

extension Session<ControlDriver> {
    fileprivate func send(
        _ command: RedisCommand,
        behind prefix: RedisCommand? = nil,
        _ recipient: ControlDriver.Recipient
    ) {
        guard !isClosed else { return recipient.take(.unsent(RedisError(.closed, "closed", phase: .command))) }
        perform { driver, output in driver.send(command, behind: prefix, recipient, &output) }
        start()
    }

    fileprivate func controlClosed() async {
        controlClosedNow()
        await close()
    }

    fileprivate func controlClosedNow() {
        perform { driver, _ in driver.gaveUp(RedisError(.closed, "closed", phase: .command)) }
        closeNow()
    }
}
