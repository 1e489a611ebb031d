extension RedisError {
    /// The same error without `secret`, which a server, or a proxy before it, may repeat where it refuses it.
    package func redacting(_ secret: String) -> RedisError {
        guard !secret.isEmpty else { return self }
        var error = RedisError(
            code,
            message.replacing(secret, with: "(redacted)"),
            endpoint: endpoint,
            phase: phase,
            underlyingError: underlyingError
        )
        error.serverMessage = serverMessage?.replacing(secret, with: "(redacted)")
        return error
    }
}

extension RedisError: CustomReflectable {
    /// Everything but the server's line, which may repeat arguments of a command, so that `dump` shows no secret.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: ["code": code, "message": message, "endpoint": endpoint as Any, "phase": phase as Any],
            displayStyle: .struct
        )
    }
}
