/// What is known about a link at its end.
package struct LinkEvidence: Sendable {
    /// The error that ended it.
    package var error: RedisError
    /// Whether the server stopped in the middle of a frame.
    package var isMidFrame = false
    /// The largest frame that came over it, in bytes.
    package var largestFrame = 0
    /// How long nothing had come.
    package var silence = Duration.zero
    /// Whether the server's `timeout` applies, which it does not for subscribers and monitors.
    package var mayTimeOut = false
    /// How many bytes came last without a pause.
    package var backlog = 0

    /// The server that the link went to.
    package var node: RedisEndpoint?

    package init(error: RedisError) { self.error = error }
}

// Which observation means which cause. Sources: redis.conf on client-output-buffer-limit and timeout, the documentation
// of CLIENT KILL and ACL SETUSER. A server sends the client nothing about these before it closes the link.
extension RedisDisconnect {
    /// The default soft limit of the output buffer of subscribers: 8 MB.
    private static let softLimit = 8 << 20
    /// The buffers of both sockets are full, or nearly full, when a server begins to keep output.
    private static let fullSockets = 1 << 20
    /// The server's `timeout` is in seconds, so it is never below one.
    private static let shortestTimeout = Duration.seconds(1)

    /// Diagnoses the end at the moment of the loss.
    package init(_ evidence: LinkEvidence) {
        self.init(unplaced: evidence)
        node = evidence.node
    }

    private init(unplaced evidence: LinkEvidence) {
        let seen = evidence.error.message
        switch evidence.error.code {
        case .protocolViolation, .unexpectedReply: self.init(.protocolViolation, seen)
        case .frameTooLarge: self.init(.frameTooLarge, seen)
        case .handshakeTimedOut, .timedOut: self.init(.deadline, seen)
        case .deliveryFailed: self.init(.deliveryFailed, seen)
        case .guardTripped: self.init(.guardTripped, seen)
        case .suspended: self.init(.suspended, seen)
        case .dutyCycle: self.init(.dutyCycle, seen)
        case .relocated: self.init(.relocated, seen)
        case .credentialsChanged: self.init(.credentialsChanged, seen)
        case .tlsFailed: self.init(.tls, seen)
        case .connectionLost: self.init(closed: evidence)
        default: self.init(refusal: evidence.error)
        }
    }

    private init(closed evidence: LinkEvidence) {
        let seen = evidence.error.message
        if evidence.isMidFrame {
            self.init(.outputBufferLimit, .likely, seen, conclusion: "its output buffer for us was over its limit")
        } else if evidence.largestFrame >= Self.softLimit {
            let text = "a large message was too much for its output buffer"
            self.init(.outputBufferLimit, .possible, seen, conclusion: text)
        } else if evidence.backlog >= Self.fullSockets {
            let text = "its output buffer for us was over its limit, or CLIENT KILL"
            self.init(.outputBufferLimit, .possible, seen, conclusion: text)
        } else if evidence.mayTimeOut, evidence.silence >= Self.shortestTimeout {
            let text = "its timeout for idle clients, a shutdown, or CLIENT KILL"
            self.init(.idleTimeout, .possible, seen, conclusion: text)
        } else if evidence.error.underlyingError is RedisSystemError {
            self.init(.systemError, seen)
        } else {
            let text = "a shutdown, CLIENT KILL, a change of the user's rights, or its output buffer for us"
            self.init(.endOfStream, .possible, seen, conclusion: text)
        }
    }

    private init(refusal error: RedisError) {
        let seen = error.message
        switch error.serverPrefix {
        case "NOAUTH", "WRONGPASS", "NOPERM": self.init(.rightsChanged, seen)
        case "DENIED": self.init(.protectedMode, seen)
        case _ where error.isMaxClients: self.init(.maxClients, seen)
        default: self.init(.refused, seen)
        }
    }

    /// Diagnoses the end by the next link: whether the same run of the server answers.
    package func explained(runBefore: String?, runAfter: String?) -> RedisDisconnect {
        guard let runBefore, let runAfter else { return self }
        switch reason {
        case .suspended, .dutyCycle, .relocated, .credentialsChanged, .guardTripped, .protocolViolation,
            .frameTooLarge, .deliveryFailed:
            return self
        default: break
        }
        // Behind a name or an address that moves, it may also be another server.
        if runBefore != runAfter { return explained(.serverRestarted, .likely, "the server was restarted") }
        switch (reason, confidence) {
        case (.endOfStream, .possible):
            return explained(.clientKilled, .likely, "CLIENT KILL; the server itself ran on")
        case (.idleTimeout, .possible): return explained(.idleTimeout, .likely, "its timeout for idle clients")
        default: return self
        }
    }

    /// The next link goes to another server, because that server has taken over.
    package func explained(movedTo endpoint: RedisEndpoint) -> RedisDisconnect {
        switch reason {
        case .endOfStream, .systemError, .deadline, .clientKilled, .idleTimeout, .outputBufferLimit:
            return explained(.relocated, .likely, "the server failed, or was demoted; its part has \(endpoint)")
        default: return self
        }
    }

    /// A refusal after the reconnect shows that the user's rights were taken away, which ended the link.
    package func explained(refusal: RedisError) -> RedisDisconnect {
        switch (refusal.code, reason) {
        case (.notPermitted, .clientKilled), (.notPermitted, .endOfStream), (.authenticationFailed, .endOfStream):
            return explained(.rightsChanged, .likely, "a change of the user's rights")
        default: return self
        }
    }
}

extension RedisError {
    /// Whether the server accepts no more clients. It sends this at once and closes the link.
    package var isMaxClients: Bool { serverMessage?.utf8.begins(with: "ERR max number of clients") == true }
}
