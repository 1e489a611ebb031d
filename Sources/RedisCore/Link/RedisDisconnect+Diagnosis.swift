/// What is known of a link at its end.
package struct LinkEvidence: Sendable {
    /// What ended it.
    package var error: RedisError
    /// Whether the server stopped in the middle of a frame.
    package var isMidFrame = false
    /// The largest frame that came over it, in bytes.
    package var largestFrame = 0
    /// How long nothing had come.
    package var silence = Duration.zero
    /// Whether the server's `timeout` applies: it spares subscribers and monitors.
    package var mayTimeOut = false
    /// How many bytes came last without a pause.
    package var backlog = 0

    /// The server that the link went to.
    package var node: RedisEndpoint?

    package init(error: RedisError) { self.error = error }
}

// Which observation means which cause. Facts: redis.conf on client-output-buffer-limit and timeout, the pages of CLIENT
// KILL and ACL SETUSER; none of these tells the client anything before it closes.
extension RedisDisconnect {
    /// The soft limit of the output buffer of subscribers, unless it was changed: 8 MB.
    private static let softLimit = 8 << 20
    /// The buffers of both sockets are full, or nearly so, when a server begins to keep output.
    private static let fullSockets = 1 << 20
    /// Nobody sets the server's `timeout` below a second: that is its unit.
    private static let shortestTimeout = Duration.seconds(1)

    /// What can be said at the moment of the loss.
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

    /// What the next link shows of the end of this one: whether the same run of the server answers.
    package func explained(runBefore: String?, runAfter: String?) -> RedisDisconnect {
        guard let runBefore, let runAfter else { return self }
        switch reason {
        case .suspended, .relocated, .credentialsChanged, .guardTripped, .protocolViolation, .frameTooLarge,
            .deliveryFailed:
            return self
        default: break
        }
        // Behind a name, or an address that moves, it may as well be another server.
        if runBefore != runAfter { return explained(.serverRestarted, .likely, "the server was restarted") }
        switch (reason, confidence) {
        case (.endOfStream, .possible):
            return explained(.clientKilled, .likely, "CLIENT KILL; the server itself ran on")
        case (.idleTimeout, .possible): return explained(.idleTimeout, .likely, "its timeout for idle clients")
        default: return self
        }
    }

    /// The next link goes to another server, because that has the part of this one now.
    package func explained(movedTo endpoint: RedisEndpoint) -> RedisDisconnect {
        switch reason {
        case .endOfStream, .systemError, .deadline, .clientKilled, .idleTimeout, .outputBufferLimit:
            return explained(.relocated, .likely, "the server failed, or was demoted; its part has \(endpoint)")
        default: return self
        }
    }

    /// What a refusal after the reconnect shows: the rights were taken away, and the link with them.
    package func explained(refusal: RedisError) -> RedisDisconnect {
        switch (refusal.code, reason) {
        case (.notPermitted, .clientKilled), (.notPermitted, .endOfStream), (.authenticationFailed, .endOfStream):
            return explained(.rightsChanged, .likely, "a change of the user's rights")
        default: return self
        }
    }
}

extension RedisError {
    /// Whether the server takes no more clients. It says so at once, and closes.
    package var isMaxClients: Bool { serverMessage?.utf8.begins(with: "ERR max number of clients") == true }
}
