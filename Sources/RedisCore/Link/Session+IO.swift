internal import Logging

extension Session {
    /// At most that many reads in one turn, so that one busy link leaves room for the others of its loop.
    private static var readsPerTurn: Int { 16 }
    /// Nor does it go on when what it has brought takes long: signals and timers wait as well.
    private static var longestTurn: Duration { .milliseconds(20) }

    /// Takes over a connected socket.
    func attach(_ socket: consuming Socket) throws(RedisError) {
        input = LinkInput()
        output.removeAll()
        try watch(socket)
        ownLink = configuration.ownLinks?.opened(from: socket.localAddress, to: socket.remoteAddress)
        self.socket = consume socket
        hasReceived = false
        backlog = 0
        isDrained = true
        lastReceived = .now()
        lastProgress = lastReceived.monotonic
        bytesOfFrame = 0
    }

    /// Begins to wait on a socket.
    func watch(_ socket: borrowing Socket) throws(RedisError) {
        do throws(RedisSystemError) {
            var readable = try IOSource(.readable, of: socket.number, on: loop) {
                self.assumeIsolated { $0.becameReadable() }
            }
            writable = try IOSource(.writable, of: socket.number, on: loop) {
                self.assumeIsolated { $0.becameWritable() }
            }
            readable.enable()
            self.readable = consume readable
        } catch { throw .system(error) }
    }

    /// Lets go of the socket, without a word to the driver.
    func tearDown() {
        endPause()
        heartbeat = nil
        heartbeatTimer = nil
        readable = nil
        writable = nil
        socket = nil
        ownLink.take()?.closed()
        handshake = nil
        output.removeAll()
        pass.take()?.end()
        if let connector {
            Task { await connector.cancel() }
            self.connector = nil
        }
    }

    /// Ends the current link because of `error`, and tells the driver if the link had been ready.
    func lose(_ error: RedisError) {
        guard phase == .securing || phase == .handshaking || phase == .ready, ending == nil else { return }
        let wasReady = phase == .ready
        if !wasReady { logger.debug("link not opened", metadata: ["reason": "\(error.code)"]) }
        ending = error.at(endpoint, wasReady ? .listen : .handshake)
        let evidence = evidence(of: error)
        phase = .waiting
        tearDown()
        if wasReady {
            let cause = RedisDisconnect(evidence)
            logger.log(
                level: configuration.linkLogLevel,
                "link lost",
                metadata: [
                    "server": "\(endpoint)", "reason": "\(cause.reason)", "confidence": "\(cause.confidence)",
                    "cause": "\(cause)",
                ]
            )
            loss = LinkLoss(
                cause: cause,
                at: .now,
                runID: facts?.runID,
                endpoint: endpoint,
                stats: facts?.stats,
                queueSeen: driver.queueSeen
            )
            driver.linkWasLost(cause, lastReceived: lastReceived)
        }
        wake()
    }

    func sendHandshake(_ commands: [RedisCommand]) {
        if let ownLink {
            let name = configuration.hasUniqueName ? configuration.clientName : nil
            for command in commands {
                ownLink.sends(command, isUnique: name != nil && command.arguments.last?.description == name)
            }
        }
        send(commands)
    }

    func send(_ commands: [RedisCommand]) {
        output.append { buffer in
            for command in commands { command.encode(into: &buffer) }
        }
        scheduleFlush()
    }

    /// All commands of one turn leave in one write.
    func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        loop.atEndOfTurn { self.assumeIsolated { $0.flush() } }
    }

    private func becameWritable() {
        if phase == .securing { secureFurther() } else { flush() }
    }

    private func flush() {
        isFlushScheduled = false
        guard let transfer = socket?.write(&output) else { return output.removeAll() }
        switch transfer {
        case .bytes: writable?.disable()
        case .wouldBlock: writable?.enable()
        case .endOfStream: lose(.endOfStream(midFrame: false))
        case .failed(let error): writeFailed(.stream(error))
        }
    }

    /// The other side is gone. What it said before it went may still be there, and tells more than the broken pipe.
    private func writeFailed(_ error: RedisError) {
        output.removeAll()
        while phase == .ready || phase == .handshaking, let isDrained = readOnce(), !isDrained {}
        lose(error)
    }

    func becameReadable() {
        if phase == .securing { return secureFurther() }
        // What comes right behind the TLS handshake waits for who takes it.
        if phase == .handshaking && handshake == nil { return }
        let began = ContinuousClock.now
        for _ in 0..<Self.readsPerTurn {
            guard phase == .ready || phase == .handshaking, !isReadingPaused, let isDrained = readOnce() else { return }
            if isDrained { return }
            if began.duration(to: lastReceived.monotonic) > Self.longestTurn { break }
        }
        // The rest waits for the next turn; of what TLS has taken already the system does not tell.
        if socket?.holdsBytes() == true { readable?.callAgain() }
    }

    /// Reads once and delivers. Returns whether the socket is drained, or `nil` when the link is no more.
    private func readOnce() -> Bool? {
        input.prepare(on: loop)
        defer { input.settle(on: loop) }
        let unreadBefore = input.buffer.unreadCount
        guard let (transfer, isDrained) = socket?.read(into: &input) else { return nil }
        switch transfer {
        case .bytes(let count):
            backlog = self.isDrained ? count : backlog + count
            self.isDrained = isDrained
            lastReceived = .now()
            hasReceived = true
            if phase == .ready { driver.readBegan(at: lastReceived) }
            do throws(RedisError) {
                try deliver()
            } catch {
                if phase == .ready { driver.readEnded(isDrained: true) }
                lose(error)
                return nil
            }
            noteProgress(count, of: unreadBefore + count)
            if phase == .ready { driver.readEnded(isDrained: isDrained) }
            if !output.isEmpty { scheduleFlush() }
            adjustReading()
            return isDrained
        case .wouldBlock:
            // The read before may have taken everything without knowing it.
            if phase == .ready { driver.readEnded(isDrained: true) }
            return true
        case .endOfStream:
            lose(.endOfStream(midFrame: isMidFrame).before(answerHint))
        case .failed(let error):
            lose(.stream(error).before(answerHint))
        }
        return nil
    }

    /// A frame that was taken is a sign of life, and so is one that gets on. One that comes drop by drop would hide for ever that PING
    /// is not answered, whose answer would be behind it.
    private func noteProgress(_ count: Int, of unread: Int) {
        bytesOfFrame = input.buffer.unreadCount < unread ? Self.leastProgress : bytesOfFrame + count
        guard bytesOfFrame >= Self.leastProgress else { return }
        bytesOfFrame = 0
        lastProgress = lastReceived.monotonic
    }

    private static var leastProgress: Int { 4096 }

    private var isMidFrame: Bool { input.buffer.unreadCount > 0 }

    private func evidence(of error: RedisError) -> LinkEvidence {
        var evidence = LinkEvidence(error: error)
        evidence.isMidFrame = isMidFrame
        evidence.largestFrame = input.largestFrame
        evidence.silence = lastReceived.monotonic.duration(to: .now)
        evidence.mayTimeOut = driver.mayTimeOut
        evidence.backlog = backlog
        evidence.node = endpoint
        return evidence
    }

    /// What to think of when a server hangs up before it has answered anything: one that expects TLS does so on whoever speaks
    /// in clear, and some that know RESP2 only do so at HELLO.
    private var answerHint: String? {
        guard phase == .handshaking, !hasReceived else { return nil }
        var hints: [String] = []
        if case .tcp = endpoint, configuration.tls == nil { hints.append("is this a TLS port?") }
        if configuration.protocolVersion == .resp3 {
            hints.append("it may know no HELLO, which RESP2 does without (protocol=2 in a URL; rwatch -2)")
        }
        return hints.joined(separator: " Or ")
    }

    private func deliver() throws(RedisError) {
        if phase == .handshaking { try shakeHands() }
        guard phase == .ready else { return }
        // In a local variable for the length of a read: an access to an actor's property costs a run-time check each time,
        // and this is once a message.
        var answers = WriteBuffer()
        defer { output.append(contentsOf: &answers) }
        let driver = driver
        try input.forEachFrame(
            endpoint: endpoint,
            consumePrefix: { bytes, limits in
                self.phase == .ready ? driver.consumePrefix(at: bytes, limits: limits) : .nothing
            }
        ) { frame throws(RedisError) in
            // What comes behind the end is nobody's.
            if self.phase == .ready { try driver.received(frame, output: &answers) }
        }
    }

    /// Takes the replies of the handshake. What comes behind the last of them may be as large as the configuration allows.
    private func shakeHands() throws(RedisError) {
        while phase == .handshaking {
            let isWhole = try input.takeFrame(endpoint: endpoint) { frame throws(RedisError) in
                try self.handshakeReceived(RESPValue(frame))
            }
            if !isWhole { return }
        }
        if phase == .ready { input.limits = configuration.limits }
    }

    private func handshakeReceived(_ reply: RESPValue) throws(RedisError) {
        guard let action = handshake?.received(reply) else { return }
        switch action {
        case .send(let commands): sendHandshake(commands)
        case .wait: break
        case .done(var facts):
            let complaint = handshake?.complaintOfPassword
            handshake = nil
            facts.endpoint = endpoint
            facts.answerTime = connectBegan.duration(to: .now)
            facts.own = ownLink
            ownLink?.settled()
            if let refusal = discovery?.refusal(of: facts) { throw refusal }
            self.facts = facts
            becameReady = true
            phase = .ready
            pass.take()?.end()
            logger.debug("link ready", metadata: ["protocol": "\(facts.protocolVersion)"])
            driver.readBegan(at: lastReceived)
            if let complaint { passwordIsUnwanted(complaint) }
            if let loss { explain(loss, facts) }
            driver.linkIsReady(facts, output: &output)
            startHeartbeat()
            authenticateAgain()
            scheduleFlush()
            wake()
        case .fail(let code, let line, let message):
            var error = RedisError(code, .shown(message, repeating: line), endpoint: endpoint, phase: .handshake)
            error.serverMessage = line
            throw error.redacting(linkCredentials)
        }
    }
}

extension RedisError {
    fileprivate static func endOfStream(midFrame: Bool) -> RedisError {
        RedisError(
            .connectionLost,
            midFrame ? "the server closed the connection in the middle of a frame" : "the server closed the connection"
        )
    }

    /// The same before anything was answered, with what to think of then.
    fileprivate func before(_ hint: String?) -> RedisError {
        guard let hint, code == .connectionLost else { return self }
        let text = "\(message) before it answered" + (hint.isEmpty ? "" : "; \(hint)")
        return RedisError(code, text, endpoint: endpoint, phase: phase, underlyingError: underlyingError)
    }
}

extension Socket {
    fileprivate func write(_ output: inout WriteBuffer) -> Transfer { output.flush(to: self) }

    fileprivate func read(into input: inout LinkInput) -> (transfer: Transfer, isDrained: Bool) {
        input.read(from: self)
    }
}
