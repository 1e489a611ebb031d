extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where the server is. No part of the credentials, whoever provides them.
    public var description: String { "RedisConfiguration(\(endpoint))" }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Everything but the provider, which may hold passwords, and the logger.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "endpoint": endpoint, "tls": tls as Any, "database": database, "clientName": clientName as Any,
                "protocolVersion": protocolVersion, "lookupTimeout": lookupTimeout, "connectTimeout": connectTimeout,
                "handshakeTimeout": handshakeTimeout, "reconnect": reconnect, "heartbeat": heartbeat as Any,
                "heartbeatTimeout": heartbeatTimeout, "limits": limits, "replyLimits": replyLimits,
                "subscribeBatchSize": subscribeBatchSize,
            ],
            displayStyle: .struct
        )
    }
}
