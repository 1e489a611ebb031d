internal import Logging

extension Session {
    /// At most that many reads in one turn, so that one busy link leaves room for the others of its loop.
    private static var readsPerTurn: Int { 16 }

    /// Takes over a connected socket.
    func attach(_ descriptor: consuming FileDescriptor) throws(RedisError) {
        input = LinkInput(limits: configuration.limits)
        output.removeAll()
        do throws(SystemError) {
            var readable = try IOSource(.readable, of: descriptor.number, on: loop) {
                self.assumeIsolated { $0.becameReadable() }
            }
            writable = try IOSource(.writable, of: descriptor.number, on: loop) {
                self.assumeIsolated { $0.flush() }
            }
            readable.enable()
            self.readable = consume readable
        } catch { throw .system(error) }
        socket = consume descriptor
        lastReceived = .now()
    }

    /// Lets go of the socket, without a word to the driver.
    func tearDown() {
        endPause()
        heartbeat = nil
        heartbeatTimer = nil
        readable = nil
        writable = nil
        socket = nil
        handshake = nil
        output.removeAll()
        if let connector {
            Task { await connector.cancel() }
            self.connector = nil
        }
    }

    /// Ends the current link because of `error`, and tells the driver if the link had been ready.
    func lose(_ error: RedisError) {
        guard phase == .handshaking || phase == .ready, ending == nil else { return }
        logger.debug("link lost", metadata: ["reason": "\(error.code)"])
        let wasReady = phase == .ready
        ending = error.at(endpoint, wasReady ? .listen : .handshake)
        phase = .waiting
        tearDown()
        if wasReady { driver.linkWasLost(Disconnect(error), lastReceived: lastReceived) }
        wake()
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

    private func flush() {
        isFlushScheduled = false
        guard let transfer = socket?.write(&output) else { return output.removeAll() }
        switch transfer {
        case .bytes: writable?.disable()
        case .wouldBlock: writable?.enable()
        case .endOfStream: lose(.endOfStream(midFrame: false))
        case .failed(let error): lose(.broken(error))
        }
    }

    func becameReadable() {
        for _ in 0..<Self.readsPerTurn {
            guard phase == .ready || phase == .handshaking, !isReadingPaused, let isDrained = readOnce() else { return }
            if isDrained { return }
        }
    }

    /// Reads once and delivers. Returns whether the socket is drained, or `nil` when the link is no more.
    private func readOnce() -> Bool? {
        guard let (transfer, isDrained) = socket?.read(into: &input) else { return nil }
        switch transfer {
        case .bytes:
            lastReceived = .now()
            if phase == .ready { driver.readBegan(at: lastReceived) }
            do throws(RedisError) {
                try deliver()
            } catch {
                if phase == .ready { driver.readEnded(isDrained: true) }
                lose(error)
                return nil
            }
            if phase == .ready { driver.readEnded(isDrained: isDrained) }
            if !output.isEmpty { scheduleFlush() }
            adjustReading()
            return isDrained
        case .wouldBlock:
            // The read before may have taken everything without knowing it.
            if phase == .ready { driver.readEnded(isDrained: true) }
            return true
        case .endOfStream:
            lose(.endOfStream(midFrame: input.buffer.unreadCount > 0))
        case .failed(let error):
            lose(.broken(error))
        }
        return nil
    }

    private func deliver() throws(RedisError) {
        // In a local variable for the length of a read: an access to an actor's property costs a run-time check each time,
        // and this is once a message.
        var answers = WriteBuffer()
        defer { output.append(contentsOf: &answers) }
        let driver = driver
        try input.forEachFrame(endpoint: endpoint) { frame throws(RedisError) in
            if self.phase == .ready {
                try driver.received(frame, output: &answers)
            } else {
                try self.handshakeReceived(RESPValue(frame))
            }
        }
    }

    private func handshakeReceived(_ reply: RESPValue) throws(RedisError) {
        guard let action = handshake?.received(reply) else { return }
        switch action {
        case .send(let commands): send(commands)
        case .wait: break
        case .done(let facts):
            handshake = nil
            self.facts = facts
            becameReady = true
            phase = .ready
            logger.debug("link ready", metadata: ["protocol": "\(facts.protocolVersion)"])
            driver.readBegan(at: lastReceived)
            driver.linkIsReady(facts, output: &output)
            startHeartbeat()
            scheduleFlush()
            wake()
        case .fail(let code, let line, let message):
            var error = RedisError(code, .withoutArguments(message), endpoint: endpoint, phase: .handshake)
            error.serverMessage = line
            throw error
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

    fileprivate static func broken(_ error: SystemError) -> RedisError {
        RedisError(.connectionLost, error.reason, underlyingError: error)
    }
}

extension FileDescriptor {
    fileprivate func write(_ output: inout WriteBuffer) -> Transfer { output.flush(to: self) }

    fileprivate func read(into input: inout LinkInput) -> (Transfer, isDrained: Bool) { input.read(from: self) }
}
