/// What happened to the link. Link events are in the stream at their place among the messages.
public enum RedisLinkEvent: Sendable {
    /// The link ended. It is opened again unless the policy says otherwise.
    case lost(RedisDisconnect, at: RedisTimestamp)
    /// An attempt to open it again failed; the next one follows after the delay.
    case retrying(RedisError, after: Duration)
    /// The link is back, this long after its loss was noticed. With Sentinels and in a cluster it may go to another
    /// server.
    case restored(after: Duration, at: RedisEndpoint)
    /// The server refused new credentials, or the provider failed: the link keeps its old credentials, and the next
    /// ones are the next try. This is only reported for a `RedisStreamingCredentialsProvider`. Or the server has no
    /// password set and said so: the link goes on without authentication.
    case authenticationFailed(RedisError)

    /// The server that the event is about.
    public var node: RedisEndpoint? {
        switch self {
        case .lost(let cause, at: _): cause.node
        case .retrying(let error, after: _), .authenticationFailed(let error): error.endpoint
        case .restored(after: _, at: let endpoint): endpoint
        }
    }
}

extension RedisLinkEvent: CustomStringConvertible {
    /// A description of the event: `link to 10.0.0.1:6379 back after 1.2 s`.
    public var description: String {
        switch self {
        case .lost(let cause, at: _): "link\(cause.node.map { " to \($0)" } ?? "") lost: \(cause)"
        case .retrying(let error, after: let delay): "no link yet, next attempt in \(delay.inSeconds): \(error)"
        case .restored(after: let time, at: let endpoint): "link to \(endpoint) back after \(time.inSeconds)"
        case .authenticationFailed(let error): "credentials not taken: \(error)"
        }
    }
}
