extension RedisLinkEvent: CustomStringConvertible {
    /// What happened, to which server: `link to 10.0.0.1:6379 back after 1.2 s`.
    public var description: String {
        switch self {
        case .lost(let cause, at: _): "link\(cause.node.map { " to \($0)" } ?? "") lost: \(cause)"
        case .retrying(let error, after: let delay): "no link yet, next attempt in \(delay.inSeconds): \(error)"
        case .restored(after: let time, at: let endpoint): "link to \(endpoint) back after \(time.inSeconds)"
        case .authenticationFailed(let error): "credentials not taken: \(error)"
        }
    }
}
