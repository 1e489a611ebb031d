internal import Synchronization

/// Every command that one server executes, typed and with its exact bytes, over a link that comes back by itself.
///
/// ```swift
/// let monitor = try Monitor("redis://localhost:6379")
/// for try await event in monitor.events {
///     if let command = event.command { print(command.name, command.arguments.dropFirst()) }
/// }
/// ```
///
/// MONITOR costs the server a good part of its throughput (https://redis.io/docs/latest/commands/monitor/). This monitor
/// never makes that worse by reading slowly: the socket is always drained, and what its reader does not take in time is
/// dropped here and counted.
///
/// It starts with the first read, or with `start`. Events go to one reader each, in order, from tasks and threads at will.
public final class Monitor: Sendable {
    /// In which form commands come out.
    public enum Form: Sendable, Hashable {
        /// `.command`, parsed by the reader.
        case commands
        /// `.line`, as the server wrote it.
        case lines
    }

    /// How the server is reached.
    public let configuration: RedisConfiguration
    /// In which form commands come out.
    public let form: Form

    let session: Session<MonitorDriver>
    let mailbox: Mailbox<MonitorEvent>
    private let hasStarted = Atomic(false)

    /// Prepares a monitor; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - form: In which form commands come out.
    ///   - buffer: How much may wait for a reader.
    ///   - overflow: What happens when more comes.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ url: String,
        form: Form = .commands,
        buffer: BufferLimit = BufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        loop: EventLoop? = nil
    ) throws(RedisError) {
        try self.init(try RedisConfiguration(url: url), form: form, buffer: buffer, overflow: overflow, loop: loop)
    }

    /// Prepares a monitor; nothing is sent yet. The parameters are those of the other form.
    public convenience init(
        _ configuration: RedisConfiguration,
        form: Form = .commands,
        buffer: BufferLimit = BufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        loop: EventLoop? = nil
    ) throws(RedisError) {
        let mailbox = Mailbox<MonitorEvent>(limit: buffer, rule: overflow.rule)
        try self.init(configuration, form, mailbox, loop, MonitorMailboxSink(mailbox))
    }

    /// A monitor whose lines go to a sink on the loop instead of waiting for readers.
    package convenience init(
        _ configuration: RedisConfiguration,
        loop: EventLoop? = nil,
        sink: sending any MonitorSink
    ) throws(RedisError) {
        try self.init(configuration, .lines, Mailbox(limit: BufferLimit()), loop, sink)
    }

    private init(
        _ configuration: RedisConfiguration,
        _ form: Form,
        _ mailbox: Mailbox<MonitorEvent>,
        _ loop: EventLoop?,
        _ sink: sending any MonitorSink
    ) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        self.form = form
        self.mailbox = mailbox
        let driver = MonitorDriver(endpoint: configuration.endpoint, sink: sink)
        do throws(SystemError) {
            let loop = if let loop { loop } else { try EventLoop.shared }
            session = Session(configuration: configuration, loop: loop, driver: driver)
        } catch { throw .system(error) }
    }

    deinit {
        session.loop.execute { [session] in session.assumeIsolated { $0.closeNow() } }
    }

    /// What passed between the link and the readers so far.
    public var statistics: DeliveryStatistics { mailbox.statistics }

    /// Connects and returns when the server has consented to MONITOR. Later calls return at once.
    ///
    /// - Throws: Why the first connect failed; `.notPermitted` when the user may not monitor (`+monitor`); `.cancelled`;
    ///   `.closed`. It may be called again.
    public func start() async throws(RedisError) {
        if hasStarted.load(ordering: .acquiring) { return }
        try await requestStart().value()
        hasStarted.store(true, ordering: .releasing)
    }

    /// The same for a plain thread.
    @available(*, noasync, message: "await the other form")
    public func start() throws(RedisError) {
        if hasStarted.load(ordering: .acquiring) { return }
        try session.refuseOnLoop()
        try requestStart().waitBlocking()
        hasStarted.store(true, ordering: .releasing)
    }

    func requestStart() -> Answer<Void> {
        let answer = Answer<Void>()
        session.loop.execute { [session] in session.assumeIsolated { $0.startMonitoring(answer) } }
        return answer
    }

    /// Ends the link and every reader. What is queued is discarded; `drain` delivers it first. Idempotent.
    public func close() async {
        mailbox.close()
        await session.monitorClosed()
    }

    /// The same for a plain thread, without waiting for the link's end.
    @available(*, noasync, message: "await the other form")
    public func close() {
        mailbox.close()
        session.loop.execute { [session] in session.assumeIsolated { $0.monitorClosedNow() } }
    }

    /// Ends the link, lets the readers take what is queued, then closes. Returns whether everything was taken within
    /// `deadline`.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) async -> Bool {
        let limit = ContinuousClock.now.advanced(by: deadline)
        await session.monitorClosed()
        let isDrained = await mailbox.waitUntilDrained(until: limit, on: session.loop)
        mailbox.close()
        return isDrained
    }

    /// Cuts the link as if the network had; it comes back by the policy, with a gap record.
    package func cut() async { await session.cut() }
}

extension Session<MonitorDriver> {
    func startMonitoring(_ answer: Answer<Void>) {
        guard !isClosed else { return answer.give(.failure(.closed)) }
        perform { driver, _ in driver.started(answer) }
        start()
    }

    func monitorClosed() async {
        monitorClosedNow()
        await close()
    }

    func monitorClosedNow() {
        closeNow()
        perform { driver, _ in driver.closed() }
    }
}
