extension Connection {
    /// At most that many reads in one turn, so that one busy link leaves room for the others of its loop.
    private static var readsPerTurn: Int { 16 }
    /// Nor does it go on when what it has brought takes long: signals and timers wait as well.
    private static var longestTurn: Duration { .milliseconds(20) }

    func becameReadable() {
        if phase == .securing { return secureFurther() }
        let began = ContinuousClock.now
        for _ in 0..<Self.readsPerTurn {
            guard phase == .handshaking || isReady, !isReadingPaused, let isDrained = readOnce() else { return }
            if isDrained { return }
            if began.duration(to: activity.lastReceived.monotonic) > Self.longestTurn { break }
        }
        // The rest waits for the next turn.
        transport.callAgainIfHoldingBytes()
    }

    /// Reads once and delivers. Returns whether the socket is drained, or `nil` when the connection has ended.
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
            // The read before may have taken everything without knowing it.
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
        // In a local variable for the length of a read: each access to a property of a class is checked at run time,
        // and this is once a message.
        var answers = WriteBuffer()
        defer { output.append(contentsOf: &answers) }
        let driver = driver
        try input.forEachFrame(
            endpoint: endpoint,
            consumePrefix: { bytes, limits in
                self.isReady ? driver.consumePrefix(at: bytes, limits: limits) : .nothing
            }
        ) { frame throws(RedisError) in
            // What comes behind the end of the connection is discarded.
            if self.isReady { try driver.received(frame, output: &answers) }
        }
    }

    var isMidFrame: Bool { input.buffer.unreadCount > 0 }

    /// What to think of when a server hangs up before it has answered anything: one that expects TLS does so on whoever
    /// speaks in clear, and some that know RESP2 only do so at HELLO.
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
        case nil: output.removeAll()
        }
    }

    /// The other side is gone. What it said before it went may still be there, and tells more than the broken pipe.
    private func writeFailed(_ error: RedisError) {
        output.removeAll()
        while phase == .handshaking || isReady, let isDrained = readOnce(), !isDrained {}
        lose(error)
    }
}

// MARK: - Back-pressure

extension Connection {
    /// Reads on or stops reading, as the driver wants it. Called after each read, after what the user did, and when the
    /// driver's readers have room again.
    func adjustReading() {
        guard isReady else { return }
        switch driver.demand {
        case .more:
            guard isReadingPaused else { return }
            endPause()
            activity.resumed(at: .now)
            transport.resumeReading()
            // Not only when the socket says so: a layer in between may have taken bytes from it already.
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

    /// For the end of a connection, too: a pause does not outlive it.
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

    /// The same before anything was answered, with what to think of then.
    fileprivate func before(_ hint: String?) -> RedisError {
        guard let hint, code == .connectionLost else { return self }
        let text = "\(message) before it answered" + (hint.isEmpty ? "" : "; \(hint)")
        return RedisError(code, text, endpoint: endpoint, phase: phase, underlyingError: underlyingError)
    }
}
