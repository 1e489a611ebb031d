extension RedisError {
    /// Why no connection came about.
    package static func connect(_ error: ConnectError, to endpoint: Endpoint) -> RedisError {
        switch error {
        case .lookup(let lookup):
            RedisError(.connectFailed, lookup.reason, endpoint: endpoint, phase: .connect)
        case .refused(let system):
            RedisError(.connectFailed, system.reason, endpoint: endpoint, phase: .connect, underlyingError: system)
        case .timedOut:
            RedisError(.connectTimedOut, "no answer in time", endpoint: endpoint, phase: .connect)
        case .cancelled:
            RedisError(.closed, "closed", endpoint: endpoint, phase: .connect)
        }
    }

    /// Bytes that cannot be parsed.
    package static func parse(_ error: RESPError, at endpoint: Endpoint) -> RedisError {
        RedisError(error.isOverLimit ? .frameTooLarge : .protocolViolation, error.description, endpoint: endpoint)
    }

    /// A stream that broke.
    package static func stream(_ error: StreamError) -> RedisError {
        switch error {
        case .system(let error): RedisError(.connectionLost, error.reason, underlyingError: error)
        case .tls(let error): .tls(error)
        }
    }

    /// TLS that did not come about, or broke.
    package static func tls(_ error: TLSError) -> RedisError {
        RedisError(
            error.kind == .file ? .invalidConfiguration : .tlsFailed,
            "TLS: \(error.description)",
            underlyingError: error
        )
    }

    /// The system has run out of something.
    package static func system(_ error: SystemError) -> RedisError {
        RedisError(.systemFailure, error.description, underlyingError: error)
    }
}
