internal import Logging

extension Session {
    /// The whole life of the link, from the first attempt to the close.
    func live() async {
        var backoff = Backoff(configuration.reconnect)
        var relocations = RelocationPause(configuration.reconnect)
        let start = ContinuousClock.now
        while phase != .closed {
            await untilReleased()
            guard phase != .closed else { break }
            if holds.takeRelocation(), await !pauseBeforeRelocation(relocations.next(random: .random(in: 0..<1))) {
                continue
            }
            do throws(RedisError) {
                let connection = try await opened()
                let ready = ContinuousClock.now
                let error = await end(of: connection)
                guard phase != .closed else { break }
                relocations.linkLived(ready.duration(to: .now))
                if holds.endedAttempt, !driver.endsWithConnection { continue }
                backoff.linkLived(ready.duration(to: .now))
                guard mayRetry(error, since: start) else { return giveUp(error) }
                discovery?.serverFailed(endpoint, error)
                let goesElsewhere = backoff.isFresh && discovery?.hasAlternatives == true
                let delay = backoff.delay(random: .random(in: 0..<1))
                if !goesElsewhere { await sleep(delay) }
            } catch {
                guard phase != .closed else { break }
                if holds.endedAttempt { continue }
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

    /// Whether a failed attempt is followed by another. The error of a first connect goes to the caller instead.
    private func mayRetry(_ error: RedisError, since start: ContinuousClock.Instant) -> Bool {
        if phase == .abandoned { return false }
        if driver.hasServed { return configuration.reconnect.isEnabled && !driver.endsWithConnection }
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
        // If the first caller got the error, the session may be started again. If the link has served, this is the end.
        phase = driver.hasServed ? .closed : .idle
        discovery?.detach()
        lifeEnded()
        driver.gaveUp(error)
    }

    /// Opens a connection in a task of its own. A task keeps the memory of the largest function that it has run, and
    /// that of `live` is there for as long as the link.
    private func opened() async throws(RedisError) -> Connection<Driver> {
        await Task { await self.attemptToOpen() }.value
        guard let attempt = attempt.take() else {
            throw RedisError(.closed, "closed", endpoint: endpoint, phase: .connect)
        }
        return try attempt.get()
    }

    private func attemptToOpen() async {
        do throws(RedisError) {
            attempt = .success(try await open())
        } catch {
            // Not left to `live`, which goes on in a later turn of the loop: until then a reply that is late would make
            // the link ready, and the driver would never be told that it ends.
            tearDown()
            attempt = .failure(error)
        }
    }

    /// Connects and does the handshake. Returns a connection that has become ready; it may have been lost again.
    private func open() async throws(RedisError) -> Connection<Driver> {
        if let discovery {
            endpoint = try await away { () async throws(RedisError) in try await discovery.locate() }
            logger.debug("located", metadata: ["server": "\(endpoint)"])
        }
        let plan = HandshakeMachine.Plan(
            configuration,
            credentials: try await currentCredentials(),
            needsRole: discovery?.needsRole ?? false,
            explainsLosses: driver.explainsLosses,
            after: loss.map { (cause: $0.cause, stats: $0.stats) }
        )
        var context: TLSContext?
        if configuration.tls != nil {
            context = try await away { [configuration, endpoint] () async throws(RedisError) in
                try configuration.tlsContext(for: endpoint)
            }
        }
        try await admission()
        let start = ContinuousClock.now
        let connector = Connector(on: loop, names: configuration.names)
        let descriptor = try await connect(by: connector)
        // The time for the lookup of the name is not the server's.
        let began = start.advanced(by: await connector.lookupTime)
        try checkOpen(.connect)
        let connection = try open(
            try configuration.socket(descriptor, context, to: endpoint),
            plan,
            connectBegan: began
        )
        startTimer(configuration.handshakeTimeout)
        while connection.facts == nil && connection.ending == nil && !waiter.timerHasFired {
            try checkOpen(.handshake)
            await waiter.wait()
        }
        waiter.stopTimer()
        try checkOpen(.handshake)
        if connection.facts != nil { return connection }
        throw connection.ending ?? connection.handshakeTimeout
    }

    /// Waits until the connect limits of the object admit this link.
    private func admission() async throws(RedisError) {
        let pass = configuration.connectGate?.enter(isUrgent: configuration.connectsFirst, on: loop) { [weak self] in
            self?.assumeIsolated { $0.waiter.wake() }
        }
        self.pass = pass
        while pass?.isAdmitted == false {
            try checkOpen(.connect)
            await waiter.wait()
        }
        try checkOpen(.connect)
    }

    private func connect(by connector: Connector) async throws(RedisError) -> FileDescriptor {
        self.connector = connector
        let timeout = driver.hasServed ? nil : configuration.firstConnectTimeout
        defer { self.connector = nil }
        do throws(ConnectError) {
            return try await connector.connect(
                to: endpoint,
                timeout: timeout ?? configuration.connectTimeout,
                lookupTimeout: configuration.lookupTimeout
            )
        } catch { throw .connect(error, to: endpoint) }
    }

    func checkOpen(_ phase: RedisError.Phase) throws(RedisError) {
        if self.phase == .closed { throw RedisError(.closed, "closed", endpoint: endpoint, phase: phase) }
        if holds.endedAttempt { throw RedisError(.suspended, "suspended", endpoint: endpoint, phase: phase) }
    }

    /// Runs `work` on another thread, because it may block, and waits for its result or for the close of the link.
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
            await waiter.wait()
        }
    }

    private func wake() { waiter.wake() }

    private func end(of connection: Connection<Driver>) async -> RedisError {
        while true {
            if let ending = connection.ending { return ending }
            if phase == .closed { return RedisError(.closed, "closed", endpoint: endpoint) }
            await waiter.wait()
        }
    }

    /// Waits until there are no holds, so that the next attempt may begin.
    private func untilReleased() async {
        while holds.isHeld && phase != .closed { await waiter.wait() }
        holds.beginAttempt()
    }

    private func sleep(_ duration: Duration) async {
        guard phase != .closed else { return }
        startTimer(duration)
        while !waiter.timerHasFired && phase != .closed && !holds.endedAttempt { await waiter.wait() }
        waiter.stopTimer()
    }

    /// Waits before the server is located again. Returns whether to locate it now. Another relocation meanwhile changes
    /// nothing.
    private func pauseBeforeRelocation(_ duration: Duration) async -> Bool {
        if duration > .zero {
            startTimer(duration)
            while !waiter.timerHasFired && phase != .closed && !holds.isHeld { await waiter.wait() }
            waiter.stopTimer()
        }
        guard phase != .closed, !holds.isHeld else { return false }
        _ = holds.takeRelocation()
        holds.beginAttempt()
        return true
    }

    private func startTimer(_ duration: Duration) {
        do throws(RedisSystemError) {
            try waiter.startTimer(after: duration, on: loop) { self.assumeIsolated { $0.waiter.timerFired() } }
        } catch {
            // Without memory for a timer the wait ends at once, and the following attempt reports the error.
            waiter.timerFired()
        }
    }
}
