internal import RedisPOSIX
package import RedisRESP
package import RedisReactor
internal import Synchronization

/// Sends commands and returns their replies over one connection: the shared link of a `RedisClient`, one that is lent
/// to one task alone, or a link of the library itself.
///
/// The first command opens the connection, which is opened again when it is lost. Commands of one loop turn leave in
/// one write, and replies come back in order. Releasing the object closes the connection.
package final class CommandLink: Sendable {
    /// What happens to commands that are not written while there is no connection.
    package enum Outage: Sendable {
        /// They wait for the next connection until their deadline. So do those that were lost before the system got
        /// all of their bytes.
        case wait
        /// They wait for the attempt that is under way, and fail with it.
        case failByAttempt
        /// They fail at once, once the link was up.
        case fail
        /// Likewise, and the link has ended for good with its first connection, and with what the server knew of it.
        case end
    }

    private let session: Session<CommandDriver>
    private let inbox: CommandInbox
    private let cancellations = Cancellations()

    /// Prepares a link; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - limits: How large a reply may be, instead of the configuration's limits, which are for events.
    ///   - outage: What happens to commands while there is no connection.
    ///   - loop: The loop of the link; `nil` means the shared one.
    ///   - observer: Learns when the link opens and ends.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the shared loop cannot be started.
    package init(
        _ configuration: RedisConfiguration,
        limits: RedisFrameLimits = .answers,
        outage: Outage = .failByAttempt,
        loop: RedisEventLoop? = nil,
        observer: (any RedisCommandObserver)? = nil
    ) throws(RedisError) {
        var configuration = configuration
        configuration.limits = limits
        try configuration.validate()
        inbox = CommandInbox(configuration.commands.inFlight)
        let loop = try RedisEventLoop.chosen(loop)
        let driver = CommandDriver(
            endpoint: configuration.endpoint,
            inbox: inbox,
            outage: outage,
            on: loop,
            observer: observer
        )
        let session = Session(configuration: configuration, loop: loop, driver: driver)
        self.session = session
        let take: @Sendable () -> Void = { [weak session] in session?.assumeIsolated { $0.takeCommands() } }
        inbox.setWake { loop.isCurrent ? loop.atEndOfTurn(take) : loop.execute(take) }
    }

    deinit { closeNow() }

    /// A number for a slot, which no other slot of the process has.
    package static func nextID() -> Int { lastID.add(1, ordering: .relaxed).newValue }

    private static let lastID = Atomic<Int>(0)

    /// Hands over one or several commands. They leave in the order of these calls.
    package func handOver(_ slot: CommandSlot) { inbox.handOver(slot) }

    /// Ends the wait for slots, because their callers were cancelled. Those that are not written yet are removed.
    package func cancel(_ ids: Set<Int>) {
        guard cancellations.add(ids) else { return }
        session.loop.execute { [session, cancellations] in
            let ids = cancellations.take()
            session.assumeIsolated { $0.cancel(ids) }
        }
    }

    /// Sends a command and returns its reply.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - timeout: How long to wait for the reply; `nil` means for ever. The link stays up: a late reply is discarded.
    /// - Returns: The reply, or `.serverError`, `.notPermitted` and similar errors for an error reply;
    ///   `.connectionLost`; `.connectFailed` and similar errors; `.timedOut`; `.cancelled`; `.closed`;
    ///   `.limitExceeded`; `.invalidCommand` when the command has no name.
    package func result(of command: RedisCommand, timeout: Duration?) async -> Result<RESPValue, RedisError> {
        if command.name.isEmpty { return .failure(.nameless) }
        return await CommandRecipient.result {
            cancel([$0])
        } _: { id, recipient in
            inbox.handOver(CommandSlot(command, id: id, timeout: timeout, recipient))
        }
    }

    /// Sends a command and returns its reply, or throws the error that `result(of:timeout:)` returns.
    package func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) async throws(RedisError) -> RESPValue
    {
        try await result(of: command, timeout: timeout).get()
    }

    /// Sends a command and returns its reply, on a plain thread. Must not be called on the loop.
    @available(*, noasync, message: "await the other form")
    package func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> RESPValue {
        try session.loop.refuseBlocking()
        return try enqueue(command, timeout: timeout).waitBlocking()
    }

    /// Enqueues a command and returns the promise of its reply. Commands leave in the order of these calls.
    package func enqueue(_ command: RedisCommand, timeout: Duration?) throws(RedisError) -> Promise<RESPValue> {
        if command.name.isEmpty { throw .nameless }
        let promise = Promise<RESPValue>()
        inbox.handOver(CommandSlot(command, id: Self.nextID(), timeout: timeout, .call { promise.complete($0) }))
        return promise
    }

    /// Whether nobody waits for a reply. Must be asked on the loop.
    package var isIdle: Bool { session.assumeIsolated { $0.driver.isIdle } }

    /// How much is on its way.
    package var statistics: RedisLinkStatistics { inbox.statistics }

    /// What the server said about itself when the link was opened last.
    package var facts: ServerFacts? { get async { await session.serverFacts } }

    /// Whether the link has ended for good.
    package var hasEnded: Bool { inbox.isRefusing }

    /// Fails the commands that are not written yet, with `error`. Must be called on the loop.
    package func recall(_ error: RedisError) {
        session.assumeIsolated { session in session.perform { driver, _ in driver.failWaiting(error) } }
    }

    /// Closes the link because of `error`, if it is up. It is opened again by the policy. Must be called on the loop.
    package func lose(_ error: RedisError) {
        session.assumeIsolated { $0.cut(error) }
    }

    /// The loop of the link.
    package var loop: RedisEventLoop { session.loop }

    /// Ends the link and returns when nothing of it is left. Commands without a reply fail with `.closed`. Idempotent.
    package func close() async { await session.commandsClosed() }

    /// Ends the link, as `close` does, without waiting.
    package func closeNow() {
        session.loop.execute { [session] in session.assumeIsolated { $0.commandsClosedNow() } }
    }

    /// Cuts the link as if the network had failed. It is opened again by the policy.
    package func cut() async { await session.cut() }
}

extension Session<CommandDriver> {
    fileprivate var serverFacts: ServerFacts? { driver.facts }

    fileprivate func takeCommands() {
        perform { driver, output in driver.take(&output) }
        start()
        scheduleExpiry()
    }

    fileprivate func cancel(_ ids: Set<Int>) {
        // What was handed over before may not be taken yet.
        takeCommands()
        driver.cancel(ids)
    }

    /// Has the deadlines checked when the first of them passes. There is one timer for all commands of the link.
    private func scheduleExpiry() {
        let due = driver.deadline
        guard due < driver.expiry?.due ?? .never else { return }
        driver.expiry?.call.cancel()
        let call = ScheduledCall(after: LinkTime.now.duration(to: due), on: loop) { [weak self] in
            self?.assumeIsolated { session in
                session.driver.expiry = nil
                session.driver.expire(at: .now)
                session.scheduleExpiry()
            }
        }
        driver.expiry = (due, call)
    }

    fileprivate func commandsClosed() async {
        commandsClosedNow()
        await close()
    }

    fileprivate func commandsClosedNow() {
        // The end of the connection tells how much of the output was not written.
        closeNow()
        driver.gaveUp(RedisError(.closed, "closed", phase: .command))
    }
}

extension RedisError {
    package static var nameless: RedisError { RedisError(.invalidCommand, "a command needs a name") }

    package static var taskCancelled: RedisError { RedisError(.cancelled, "the task was cancelled", phase: .command) }
}
