extension Connection {
    /// The most reads in one turn, so that one busy link leaves time for the other links of its loop.
    private static var readsPerTurn: Int { 16 }
    /// The turn also ends after this time, because signals and timers wait as well.
    private static var longestTurn: Duration { .milliseconds(20) }

    func becameReadable() {
        if phase == .securing { return secureFurther() }
        let began = ContinuousClock.now
        for _ in 0..<Self.readsPerTurn {
            guard phase == .handshaking || isReady, !isReadingPaused, let isDrained = readOnce() else { return }
            if isDrained { return }
            if began.duration(to: activity.lastReceived.monotonic) > Self.longestTurn { break }
        }
        // The remaining bytes are read in the next turn.
        transport.callAgainIfHoldingBytes()
    }

    /// Reads once and delivers the frames. Returns whether the socket is drained, or `nil` when the connection has
    /// ended.
    private func readOnce() -> Bool? {
        input.prepare(on: loop)
        defer { input.settle(on: loop) }
        let unreadBefore = input.buffer.unreadCount
        guard let (transfer, isDrained) = transport.read(into: &input) else { return nil }
        switch transfer {
        case .bytes(let count):
            let moment = Moment.now()
            activity.received(count, isDrained: isDrained, at: moment)
            if isReady { driver.readBegan(at: moment) }
            do throws(RedisError) {
                try deliver()
            } catch {
                if isReady { driver.readEnded(isDrained: true) }
                lose(error)
                return nil
            }
            activity.parsed(count, frameEnded: input.buffer.unreadCount < unreadBefore + count)
            if isReady { driver.readEnded(isDrained: isDrained) }
            if !output.isEmpty { scheduleFlush() }
            adjustReading()
            return isDrained
        case .wouldBlock:
            // The read before may have taken everything without noticing it.
            if isReady { driver.readEnded(isDrained: true) }
            return true
        case .endOfStream:
            lose(.endOfStream(midFrame: isMidFrame).before(answerHint))
        case .failed(let error):
            lose(.stream(error).before(answerHint))
        }
        return nil
    }

    private func deliver() throws(RedisError) {
        if phase == .handshaking { try receiveHandshake() }
        guard isReady else { return }
        // A local variable during a read, because each access to a property of a class is checked at run time, and
        // there is one for each message.
        var answers = WriteBuffer()
        defer { output.append(contentsOf: &answers) }
        let driver = driver
        try input.forEachFrame(
            endpoint: endpoint,
            consumePrefix: { bytes, limits in
                self.isReady ? driver.consumePrefix(at: bytes, limits: limits) : .nothing
            }
        ) { frame throws(RedisError) in
            // Frames after the end of the connection are discarded.
            if self.isReady { try driver.received(frame, output: &answers) }
        }
    }

    var isMidFrame: Bool { input.buffer.unreadCount > 0 }

    /// A hint for a server that closes the link before it has answered anything: a server that expects TLS does so when
    /// it gets plain text, and some servers that know only RESP2 do so at HELLO.
    private var answerHint: String? {
        guard phase == .handshaking, !activity.hasReceived else { return nil }
        var hints: [String] = []
        if case .tcp = endpoint, configuration.tls == nil { hints.append("is this a TLS port?") }
        if configuration.protocolVersion == .resp3 {
            hints.append("it may know no HELLO, which RESP2 does without (protocol=2 in a URL; rwatch -2)")
        }
        return hints.joined(separator: " Or ")
    }
}

// MARK: - Writing

extension Connection {
    /// All commands of one turn leave in one write.
    func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        loop.atEndOfTurn { self.flush() }
    }

    func becameWritable() {
        if phase == .securing { secureFurther() } else { flush() }
    }

    private func flush() {
        isFlushScheduled = false
        switch transport.write(&output) {
        case .bytes?, .wouldBlock?: break
        case .endOfStream?: lose(.endOfStream(midFrame: false))
        case .failed(let error)?: writeFailed(.stream(error))
        case nil: discardOutput()
        }
    }

    /// Handles a failed write. The last message of the server may still be in the socket, and explains more than the
    /// broken pipe.
    private func writeFailed(_ error: RedisError) {
        discardOutput()
        while phase == .handshaking || isReady, let isDrained = readOnce(), !isDrained {}
        lose(error)
    }
}

// MARK: - Back-pressure

extension Connection {
    /// Resumes or stops reading, as the driver demands. Called after each read, after requests of the user, and when
    /// the driver's readers have room again.
    func adjustReading() {
        guard isReady else { return }
        switch driver.demand {
        case .more:
            guard isReadingPaused else { return }
            endPause()
            activity.resumed(at: .now)
            transport.resumeReading()
            // The socket alone does not say whether there is something to read: TLS may have taken bytes from it
            // already.
            loop.atEndOfTurn { self.becameReadable() }
        case .pause:
            guard !isReadingPaused else { return }
            isReadingPaused = true
            transport.pauseReading()
            driver.readingPaused(true)
        case .stop(let error):
            owner.wasStopped(error)
        }
    }

    /// Ends a pause. Also called at the end of a connection.
    func endPause() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        driver.readingPaused(false)
    }
}

extension RedisError {
    fileprivate static func endOfStream(midFrame: Bool) -> RedisError {
        RedisError(
            .connectionLost,
            midFrame ? "the server closed the connection in the middle of a frame" : "the server closed the connection"
        )
    }

    /// The error of a link that ended before anything was answered, with a hint.
    fileprivate func before(_ hint: String?) -> RedisError {
        guard let hint, code == .connectionLost else { return self }
        let text = "\(message) before it answered" + (hint.isEmpty ? "" : "; \(hint)")
        return RedisError(code, text, endpoint: endpoint, phase: phase, underlyingError: underlyingError)
    }
}
