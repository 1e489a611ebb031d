/// What one nonblocking transfer came to.
package enum Transfer: Equatable, Sendable {
    case bytes(Int)
    /// Nothing can be transferred now.
    case wouldBlock
    /// The other side has ended its stream.
    case endOfStream
    case failed(StreamError)

    /// Judges the result of a system call that transfers bytes. A zero is the caller's to read as an end.
    static func of(_ count: Int, call: String) -> Transfer {
        guard count < 0 else { return .bytes(count) }
        switch RedisSystemError.last(call) {
        case let error where error.isTransient: return .wouldBlock
        case let error: return .failed(.system(error))
        }
    }
}

/// Why a stream broke.
package enum StreamError: Error, Hashable, Sendable {
    case system(RedisSystemError)
    case tls(RedisTLSError)
}
