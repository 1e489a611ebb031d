/// Why a link ended.
public struct Disconnect: Sendable, Hashable, CustomStringConvertible {
    /// The kind of end. More kinds may come; a `switch` needs a `default`.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case endOfStream, systemError, protocolViolation, frameTooLarge, refused, deadline
            case guardTripped, suspended
        }

        private let value: Value

        /// The kind's name.
        public var description: String { value.rawValue }

        /// The server closed the connection: a shutdown, CLIENT KILL, an output buffer over its limit.
        public static let endOfStream = Reason(value: .endOfStream)
        /// The system gave the connection up, for instance because it was reset.
        public static let systemError = Reason(value: .systemError)
        /// The server sent bytes that are not RESP, or RESP that has no place there.
        public static let protocolViolation = Reason(value: .protocolViolation)
        /// The server sent more than the limits allow.
        public static let frameTooLarge = Reason(value: .frameTooLarge)
        /// The server answered with an error that leaves no use for the link.
        public static let refused = Reason(value: .refused)
        /// The server did not answer in time.
        public static let deadline = Reason(value: .deadline)
        /// A monitor left by itself, because the server had to keep too much for it.
        public static let guardTripped = Reason(value: .guardTripped)
        /// The link was let go of on request, because the process was going to be stopped.
        public static let suspended = Reason(value: .suspended)
    }

    /// The kind of end.
    public let reason: Reason
    /// The cause in words.
    public let description: String

    package init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// The end of a link that `error` made useless.
    package init(_ error: RedisError) {
        switch error.code {
        case .protocolViolation, .unexpectedReply: reason = .protocolViolation
        case .frameTooLarge: reason = .frameTooLarge
        case .connectionLost: reason = error.underlyingError is SystemError ? .systemError : .endOfStream
        case .handshakeTimedOut, .timedOut: reason = .deadline
        case .guardTripped: reason = .guardTripped
        case .suspended: reason = .suspended
        default: reason = .refused
        }
        description = error.message
    }
}
