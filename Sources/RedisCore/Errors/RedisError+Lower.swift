extension RedisError {
    /// The error of a connection that could not be opened.
    package static func connect(_ error: ConnectError, to endpoint: RedisEndpoint) -> RedisError {
        switch error {
        case .lookup(let lookup):
            RedisError(.connectFailed, lookup.reason, endpoint: endpoint, phase: .connect)
        case .refused(let system):
            RedisError(.connectFailed, system.reason, endpoint: endpoint, phase: .connect, underlyingError: system)
        case .timedOut:
            RedisError(.connectTimedOut, "no answer in time", endpoint: endpoint, phase: .connect)
        case .cancelled:
            RedisError(.closed, "closed", endpoint: endpoint, phase: .connect)
        case .lookupTimedOut(let limit):
            RedisError(
                .connectTimedOut,
                "the lookup of the name is slow: no answer within \(limit.inSeconds); one that comes later is used then",
                endpoint: endpoint,
                phase: .connect
            )
        case .slowLookup(let lookup, let error):
            .connect(error, to: endpoint).after(lookup)
        }
    }

    /// The error of an attempt that waited for the lookup of its name.
    private func after(_ lookup: SlowLookup) -> RedisError {
        let text =
            lookup.isPending
            ? "tried where the name led before, because its lookup is slow: no answer for \(lookup.duration.inSeconds)"
            : "the lookup of the name was slow: it took \(lookup.duration.inSeconds)"
        return RedisError(
            code,
            "\(message) (\(text))",
            endpoint: endpoint,
            phase: phase,
            underlyingError: underlyingError
        )
    }

    /// The error for bytes that cannot be parsed, in a frame that begins with `beginning`. The first bytes of a link
    /// tell which other protocol the server speaks.
    package static func parse(
        _ error: RESPError,
        under limits: RedisFrameLimits,
        at endpoint: RedisEndpoint,
        beginning: RawSpan
    ) -> RedisError {
        if let limit = error.limit {
            let text = "\(error.description): \(limits.setting.hint(limit))"
            return RedisError(.frameTooLarge, text, endpoint: endpoint)
        }
        guard error.offset < 4, let speaker = Speaker(beginning) else {
            return RedisError(.protocolViolation, error.description, endpoint: endpoint)
        }
        return RedisError(.protocolViolation, speaker.description, endpoint: endpoint)
    }

    /// The error of a broken stream.
    package static func stream(_ error: StreamError) -> RedisError {
        switch error {
        case .system(let error): RedisError(.connectionLost, error.reason, underlyingError: error)
        case .tls(let error): .tls(error)
        }
    }

    /// The error of a failed or broken TLS connection.
    package static func tls(_ error: RedisTLSError) -> RedisError {
        RedisError(
            error.kind == .file ? .invalidConfiguration : .tlsFailed,
            "TLS: \(error.description)",
            underlyingError: error
        )
    }

    /// The error when the system has no resources left.
    package static func system(_ error: RedisSystemError) -> RedisError {
        RedisError(.systemFailure, error.description, underlyingError: error)
    }
}

extension RedisFrameLimits.Setting {
    /// What the user can do about an exceeded limit.
    fileprivate func hint(_ limit: String) -> String {
        switch self {
        case .limits where limit == "depth": "limits.depth of the configuration sets that"
        case .limits: "limits.\(limit) of the configuration sets that (rwatch --max-frame)"
        case .replyLimits where limit == "depth": "replyLimits.depth of the configuration sets that"
        case .replyLimits: "replyLimits.\(limit) of the configuration sets that (rwatch --max-frame)"
        case .fixed:
            "no handshake and no answer to a question of the library's own may be so large (RedisFrameLimits.\(limit))"
        }
    }
}

extension Duration {
    /// For people: `15 s`, `0.25 s`.
    package var inSeconds: String {
        let hundredths = Int(max(min((self / .milliseconds(10)).rounded(), 1e18), -1e18))
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        guard rest != 0 else { return "\(whole) s" }
        return "\(whole).\(rest < 10 ? "0" : "")\(rest % 10 == 0 ? rest / 10 : rest) s"
    }
}

/// A server of another protocol that listens at the port, by its first bytes.
private enum Speaker: CustomStringConvertible {
    case http, ssh, tls, mail

    init?(_ bytes: RawSpan) {
        func begins(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            return bytes.byteCount >= count && RedisBytes(copying: bytes.extracting(0..<count)) == RedisBytes("\(text)")
        }
        if begins("HTTP/") || begins("<") {
            self = .http
        } else if begins("SSH-") {
            self = .ssh
        } else if begins("\u{15}\u{3}") || begins("\u{16}\u{3}") {
            self = .tls
        } else if begins("220") {
            self = .mail
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .http: "the port is one of an HTTP server, not of Redis"
        case .ssh: "the port is one of an SSH server, not of Redis"
        case .tls: "the server speaks TLS; is this a TLS port?"
        case .mail: "the port is one of a mail or FTP server, not of Redis"
        }
    }
}
