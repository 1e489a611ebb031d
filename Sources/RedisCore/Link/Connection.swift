/// One connection of a link: from a connected socket through TLS and the handshake to its end.
///
/// It belongs to the loop of its session, and is never opened again. It reads and writes (`Connection+IO`), sends
/// heartbeats, and passes frames to its driver.
final class Connection<Driver: LinkDriver> {
    enum Phase {
        /// The TLS handshake is in progress.
        case securing
        case handshaking
        case ready
        case ended
    }

    /// What a connection asks its session for, and how it reports to it, on the loop.
    struct Owner {
        /// Why the connected server is not the right one; `nil` if it is.
        let refusal: (ServerFacts) -> RedisError?
        /// The handshake has succeeded. The text is the server's complaint about a password that it does not need.
        let becameReady: (ServerFacts, _ complaintOfPassword: String?) -> Void
        /// The connection was lost because of an error. There is a cause if the connection was ready.
        let wasLost: (RedisError, RedisDisconnect?) -> Void
        /// The driver wants no more bytes.
        let wasStopped: (RedisError) -> Void
        /// Calls `body` on the loop with the connection of the session. For sources and timers that end with their
        /// connection, so that it is still theirs.
        let withConnection: @Sendable (_ body: @Sendable (Connection) -> Void) -> Void
    }

    let loop: RedisEventLoop
    let configuration: RedisConfiguration
    let endpoint: RedisEndpoint
    let driver: Driver
    let owner: Owner

    var phase: Phase
    /// The error that ended the connection, if it has ended.
    private(set) var ending: RedisError?
    /// What the server said about itself, once the connection is ready.
    private(set) var facts: ServerFacts?
    private var handshake: HandshakeMachine?
    var transport: Transport
    var input = LinkInput()
    var output = WriteBuffer()
    var isFlushScheduled = false
    var isReadingPaused = false
    var activity = ConnectionActivity(openedAt: .now())
    private var heartbeat: HeartbeatTimer?
    /// The connection in the register of this process's links, if monitors need it.
    private var ownLink: OwnLink?

    /// Takes over a connected socket. `start` follows.
    ///
    /// - Throws: `.systemFailure` when there is no memory for the events of the socket.
    init(
        _ socket: consuming Socket,
        to endpoint: RedisEndpoint,
        loop: RedisEventLoop,
        configuration: RedisConfiguration,
        driver: Driver,
        plan: HandshakeMachine.Plan,
        owner: Owner
    ) throws(RedisError) {
        self.loop = loop
        self.configuration = configuration
        self.endpoint = endpoint
        self.driver = driver
        self.owner = owner
        phase = configuration.tls == nil ? .handshaking : .securing
        handshake = HandshakeMachine(plan)
        ownLink = configuration.ownLinks?.opened(from: socket.localAddress, to: socket.remoteAddress)
        let withConnection = owner.withConnection
        do throws(RedisSystemError) {
            transport = try Transport(
                socket,
                on: loop,
                becameReadable: { withConnection { $0.becameReadable() } },
                becameWritable: { withConnection { $0.becameWritable() } }
            )
        } catch {
            ownLink.take()?.closed()
            throw .system(error)
        }
    }

    var isReady: Bool { phase == .ready }

    /// Starts with TLS, if it is used, and then with the handshake.
    func start() {
        if phase == .securing { secureFurther() } else { startHandshake() }
    }

    /// Calls `body` with the driver and the output buffer. The appended commands are written at the end of the loop's
    /// turn.
    func perform<Result>(_ body: (Driver, inout WriteBuffer) -> Result) -> Result {
        let result = body(driver, &output)
        if !output.isEmpty { scheduleFlush() }
        // The reply to the user's request may have to be read.
        if isReadingPaused { adjustReading() }
        return result
    }

    /// Ends the connection because of `error`, and reports it.
    func lose(_ error: RedisError) {
        guard phase != .ended else { return }
        ending = error.at(endpoint, isReady ? .listen : .handshake)
        let cause = isReady ? RedisDisconnect(evidence(of: error)) : nil
        close()
        owner.wasLost(error, cause)
    }

    /// Closes the socket without a report. Idempotent.
    func close() {
        phase = .ended
        endPause()
        heartbeat = nil
        transport.close()
        ownLink.take()?.closed()
        handshake = nil
        discardOutput()
    }

    /// Drops what the system has not taken, and tells the driver how much that is.
    func discardOutput() {
        guard !output.isEmpty else { return }
        driver.outputWasDiscarded(output.count)
        output.removeAll()
    }

    private func evidence(of error: RedisError) -> LinkEvidence {
        var evidence = LinkEvidence(error: error)
        evidence.isMidFrame = isMidFrame
        evidence.largestFrame = input.largestFrame
        evidence.silence = activity.lastReceived.monotonic.duration(to: .now)
        evidence.mayTimeOut = driver.mayTimeOut
        evidence.backlog = activity.backlog
        evidence.node = endpoint
        return evidence
    }
}

// MARK: - TLS and handshake

extension Connection {
    /// The error of a handshake that took too long. A server without TLS may take the TLS handshake for an incomplete
    /// command and wait for its end, so that only the timeout shows it.
    var handshakeTimeout: RedisError {
        let text = phase == .securing ? "TLS: no answer in time; is this a TLS port?" : "no answer in time"
        return RedisError(.handshakeTimedOut, text, endpoint: endpoint, phase: .handshake)
    }

    /// Does the next step of the TLS handshake, because the socket is ready for it.
    func secureFurther() {
        switch transport.handshake() {
        case .done?:
            phase = .handshaking
            startHandshake()
            transport.callAgainIfHoldingBytes()
        case .failed(let error)?: lose(.stream(error))
        case .needsRead?, .needsWrite?, nil: break
        }
    }

    private func startHandshake() {
        guard case .send(let commands)? = handshake?.start() else { return }
        send(commands)
    }

    private func send(_ commands: [RedisCommand]) {
        let name = configuration.hasUniqueName ? configuration.clientName : nil
        for command in commands {
            ownLink?.sends(command, isUnique: name != nil && command.arguments.last?.description == name)
            output.append { command.encode(into: &$0) }
        }
        scheduleFlush()
    }

    /// Handles the replies of the handshake. The frames behind the last reply may be as large as the configuration
    /// allows.
    func receiveHandshake() throws(RedisError) {
        while phase == .handshaking {
            let isWhole = try input.takeFrame(endpoint: endpoint) { frame throws(RedisError) in
                try self.received(RESPValue(frame))
            }
            if !isWhole { return }
        }
        if isReady { input.limits = configuration.limits }
    }

    private func received(_ reply: RESPValue) throws(RedisError) {
        guard let action = handshake?.received(reply) else { return }
        switch action {
        case .send(let commands): send(commands)
        case .wait: break
        case .done(var facts):
            let complaint = handshake?.complaintOfPassword
            handshake = nil
            facts.endpoint = endpoint
            facts.own = ownLink
            ownLink?.settled()
            if let refusal = owner.refusal(facts) { throw refusal }
            self.facts = facts
            phase = .ready
            driver.readBegan(at: activity.lastReceived)
            owner.becameReady(facts, complaint)
            startHeartbeat()
            scheduleFlush()
        case .fail(let code, let line, let message):
            let credentials = handshake?.plan.credentials
            var error = RedisError(code, .shown(message, repeating: line), endpoint: endpoint, phase: .handshake)
            error.serverMessage = line
            throw error.redacting(credentials)
        }
    }
}

// MARK: - Heartbeat

extension Connection {
    private func startHeartbeat() {
        guard phase == .ready, let interval = configuration.heartbeat else { return }
        let withConnection = owner.withConnection
        do throws(RedisSystemError) {
            heartbeat = try HeartbeatTimer(interval: interval, timeout: configuration.heartbeatTimeout, on: loop) {
                withConnection { $0.heartbeatDue() }
            }
        } catch {
            // If there is no memory for a timer, the connection has no heartbeat.
        }
    }

    private func heartbeatDue() {
        if isReadingPaused {
            heartbeat?.postpone()
            return
        }
        switch heartbeat?.decide(silentSince: activity.silentSince, canSend: driver.canSendHeartbeat) {
        case .ask?:
            driver.sendHeartbeat(output: &output)
            scheduleFlush()
        case .lost?:
            let text = "no answer to PING within \(configuration.heartbeatTimeout)"
            lose(RedisError(.timedOut, text, endpoint: endpoint, phase: .listen))
        case .wait?, nil: break
        }
    }
}
