internal import Logging

extension Session {
    /// The whole life, from the first attempt to the close.
    func live() async {
        var backoff = Backoff(configuration.reconnect)
        var relocations = RelocationPause(configuration.reconnect)
        let start = ContinuousClock.now
        while phase != .closed {
            await untilReleased()
            guard phase != .closed else { break }
            if exchange(&wasRelocated, with: false), await !rest(relocations.next(random: .random(in: 0..<1))) {
                continue
            }
            do throws(RedisError) {
                try await open()
                let ready = ContinuousClock.now
                let error = await ended()
                guard phase != .closed else { break }
                relocations.linkLived(ready.duration(to: .now))
                if wasHeld { continue }
                backoff.linkLived(ready.duration(to: .now))
                guard mayRetry(error, since: start) else { return giveUp(error) }
                discovery?.serverFailed(endpoint, error)
                let goesElsewhere = backoff.isFresh && discovery?.hasAlternatives == true
                let delay = backoff.delay(random: .random(in: 0..<1))
                if !goesElsewhere { await sleep(delay) }
            } catch {
                tearDown()
                guard phase != .closed else { break }
                if wasHeld { continue }
                guard mayRetry(error, since: start) else { return giveUp(error) }
                discovery?.serverFailed(endpoint, error)
                let delay = backoff.delay(random: .random(in: 0..<1))
                logger.debug("attempt failed", metadata: ["error": "\(error)", "delay": "\(delay)"])
                driver.willRetry(error, after: delay)
                await sleep(delay)
            }
        }
        discovery?.detach()
        lifeEnded()
    }

    /// Whether a failed attempt is followed by another. The first connect tells the caller what is wrong instead.
    private func mayRetry(_ error: RedisError, since start: ContinuousClock.Instant) -> Bool {
        if isAbandoned { return false }
        if driver.hasServed { return configuration.reconnect.isEnabled }
        switch error.code {
        case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost: break
        case .serverError where error.isTransient: break
        case .wrongRole, .noServer: break
        default: return false
        }
        return start.duration(to: .now) < configuration.reconnect.initialPatience
    }

    private func giveUp(_ error: RedisError) {
        logger.debug("gave up", metadata: ["error": "\(error)"])
        // What was told to the first caller may be tried again; the end of a link that served is the end.
        phase = driver.hasServed ? .closed : .idle
        discovery?.detach()
        lifeEnded()
        driver.gaveUp(error)
    }

    /// Connects and shakes hands. Returns when the driver has the link.
    private func open() async throws(RedisError) {
        phase = .connecting
        ending = nil
        becameReady = false
        if let discovery {
            endpoint = try await away { () async throws(RedisError) in try await discovery.locate() }
            logger.debug("located", metadata: ["server": "\(endpoint)"])
        }
        let credentials = try await currentCredentials()
        try await loadTLS()
        try await admission()
        try attach(try await connect())
        startTimer(configuration.handshakeTimeout)
        if configuration.tls != nil { try await secure() }
        startHandshake(credentials)
        while handshake != nil && ending == nil && !timerHasFired { await wait() }
        timer?.cancel()
        try checkOpen(.handshake)
        // A link that was ready and is lost again by now was a link all the same.
        if becameReady { return }
        throw ending ?? RedisError(.handshakeTimedOut, "no answer in time", endpoint: endpoint, phase: .handshake)
    }

    /// Waits until the limits of its object let the link connect.
    private func admission() async throws(RedisError) {
        let pass = configuration.connectGate?.enter(isUrgent: configuration.connectsFirst, on: loop) { [weak self] in
            self?.assumeIsolated { $0.wake() }
        }
        self.pass = pass
        while pass?.isAdmitted == false {
            try checkOpen(.connect)
            await wait()
        }
        try checkOpen(.connect)
    }

    private func connect() async throws(RedisError) -> Socket {
        let connector = Connector(on: loop, names: configuration.names)
        self.connector = connector
        let timeout = driver.hasServed ? nil : configuration.firstConnectTimeout
        let start = ContinuousClock.now
        let descriptor: FileDescriptor
        do throws(ConnectError) {
            descriptor = try await connector.connect(
                to: endpoint,
                timeout: timeout ?? configuration.connectTimeout,
                lookupTimeout: configuration.lookupTimeout
            )
        } catch { throw .connect(error, to: endpoint) }
        connectBegan = start.advanced(by: await connector.lookupTime)
        self.connector = nil
        try checkOpen(.connect)
        return try socket(descriptor)
    }

    func checkOpen(_ phase: RedisError.Phase) throws(RedisError) {
        if self.phase == .closed { throw RedisError(.closed, "closed", endpoint: endpoint, phase: phase) }
        if wasHeld { throw RedisError(.suspended, "suspended", endpoint: endpoint, phase: phase) }
    }

    private func startHandshake(_ credentials: RedisCredentials?) {
        phase = .handshaking
        var plan = HandshakeMachine.Plan(
            protocolVersion: configuration.protocolVersion,
            credentials: credentials,
            clientName: configuration.clientName,
            database: configuration.database,
            tellsLibrary: configuration.tellsLibrary,
            needsRole: discovery?.needsRole ?? false
        )
        if configuration.tellsLibrary && driver.explainsLosses {
            plan.needsStats = true
            // Newer servers count whom they cut, which tells more.
            plan.needsOutputBufferLimits =
                loss?.cause.isUnexplainedClose == true && loss?.stats?.outputBufferCuts == nil
        }
        var machine = HandshakeMachine(plan)
        if case .send(let commands) = machine.start() { sendHandshake(commands) }
        handshake = consume machine
    }

    /// Runs `work` away from the loop, because it may block, and waits for its result or for the close.
    func away<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        let outcome = Locked<Result<Value, RedisError>?>(nil)
        let task = Task.detached {
            let result: Result<Value, RedisError>
            do throws(RedisError) { result = .success(try await work()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            await self.wake()
        }
        defer { task.cancel() }
        while true {
            try checkOpen(.connect)
            if let result = outcome.withLock({ $0 }) { return try result.get() }
            await wait()
        }
    }

    /// Waits until the link that is ready ends.
    private func ended() async -> RedisError {
        while true {
            if let ending { return ending }
            if phase == .closed { return RedisError(.closed, "closed", endpoint: endpoint) }
            await wait()
        }
    }

    private func sleep(_ duration: Duration) async {
        guard phase != .closed else { return }
        phase = .waiting
        startTimer(duration)
        while !timerHasFired && phase != .closed && !wasHeld { await wait() }
        timer?.cancel()
    }

    /// Waits out the pause before the server is looked for anew. Returns whether that is to be done now: being relocated once more
    /// meanwhile changes nothing.
    private func rest(_ duration: Duration) async -> Bool {
        if duration > .zero {
            phase = .waiting
            startTimer(duration)
            while !timerHasFired && phase != .closed && holds.isEmpty { await wait() }
            timer?.cancel()
        }
        guard phase != .closed, holds.isEmpty else { return false }
        (wasHeld, wasRelocated) = (false, false)
        return true
    }

    private func startTimer(_ duration: Duration) {
        timerHasFired = false
        do throws(RedisSystemError) {
            if timer == nil {
                timer = try TimerSource(on: loop) { self.assumeIsolated { $0.timerFired() } }
            }
            timer?.schedule(after: duration)
        } catch {
            // Without memory for a timer the wait is over at once; the attempt that follows will say so.
            timerHasFired = true
        }
    }

    private func timerFired() {
        timerHasFired = true
        wake()
    }
}
