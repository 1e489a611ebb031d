/// Commands over one connection that many tasks share. Commands of one loop turn leave in one write, and replies come back
/// in order, so that concurrent callers pipeline without knowing of each other.
///
/// The connection is opened by the first command and opened again when it is lost. A command that was on the wire then
/// fails with `.connectionLost`: whether the server executed it is not known, and sending it again is the caller's choice.
public final class RedisClient: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    private let session: Session<ClientDriver>

    /// Prepares a client; nothing is sent yet.
    ///
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(_ url: String, loop: EventLoop? = nil) throws(RedisError) {
        try self.init(try RedisConfiguration(url: url), loop: loop)
    }

    /// Prepares a client; nothing is sent yet. Throws like `init(_:loop:)`.
    public init(_ configuration: RedisConfiguration, loop: EventLoop? = nil) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        let driver = ClientDriver(endpoint: configuration.endpoint)
        do throws(SystemError) {
            let loop = if let loop { loop } else { try EventLoop.shared }
            session = Session(configuration: configuration, loop: loop, driver: driver)
        } catch { throw .system(error) }
    }

    deinit {
        session.loop.execute { [session] in session.assumeIsolated { $0.closeNow() } }
    }

    /// Sends a command and returns its reply.
    ///
    /// Do not send what changes the meaning of the connection: SUBSCRIBE and its kin, MONITOR, CLIENT REPLY. Blocking
    /// commands such as BLPOP hold up everyone who shares the connection.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - timeout: How long to wait for the reply; `nil` for ever. The connection survives: a late reply is discarded.
    /// - Throws: `.serverError`, `.notPermitted` and kin for an error reply; `.connectionLost`; `.connectFailed` and kin;
    ///   `.timedOut`; `.cancelled`; `.closed`; `.invalidCommand` when the command has no name.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) async throws(RedisError) -> RESPValue {
        let answer = try enqueue(command)
        let timer = timeout.map { timeout in
            ScheduledCall(after: timeout, on: session.loop) {
                answer.give(.failure(RedisError(.timedOut, "no reply in time", phase: .command)))
            }
        }
        defer { timer?.cancel() }
        return try await answer.value()
    }

    /// The same for a plain thread.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> RESPValue {
        try session.refuseOnLoop()
        return try enqueue(command).waitBlocking(until: timeout.map { ContinuousClock.now.advanced(by: $0) })
    }

    /// Puts a command on its way and returns where its reply will be. Commands leave in the order of these calls.
    package func enqueue(_ command: RedisCommand) throws(RedisError) -> Answer<RESPValue> {
        guard let name = command.arguments.first, !name.isEmpty else {
            throw RedisError(.invalidCommand, "a command needs a name")
        }
        let answer = Answer<RESPValue>()
        session.loop.execute { [session] in session.assumeIsolated { $0.send(command, answer) } }
        return answer
    }

    /// Ends the connection. Commands without a reply fail with `.closed`. Idempotent.
    public func close() async {
        await session.clientClosed()
    }

    /// Cuts the connection as if the network had.
    package func cut() async { await session.cut() }
}

extension Session<ClientDriver> {
    fileprivate func send(_ command: RedisCommand, _ answer: Answer<RESPValue>) {
        guard !isClosed else { return answer.give(.failure(RedisError(.closed, "closed", phase: .command))) }
        perform { driver, output in driver.send(command, answer, &output) }
        start()
    }

    fileprivate func clientClosed() async {
        perform { driver, _ in driver.gaveUp(RedisError(.closed, "closed", phase: .command)) }
        await close()
    }
}
