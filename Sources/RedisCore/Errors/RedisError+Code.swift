extension RedisError {
    /// What went wrong. More codes may come; a `switch` needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidConfiguration, connectFailed, connectTimedOut, handshakeTimedOut, tlsFailed,
                authenticationFailed
            case notPermitted, serverError, connectionLost, protocolViolation, frameTooLarge, timedOut, cancelled,
                closed
            case handlerMissing, handlerFailed, invalidCommand, unexpectedReply, systemFailure, consumerTooSlow
            case notificationsOff, unsupported, deliveryFailed
            case wrongRole, noServer, limitExceeded
            case guardTripped, suspended, relocated, credentialsChanged
        }

        private let value: Value

        /// The code's name.
        public var description: String { value.rawValue }

        /// A URL or a setting cannot work.
        public static let invalidConfiguration = Code(value: .invalidConfiguration)
        /// The name could not be resolved, or no address took the connection.
        public static let connectFailed = Code(value: .connectFailed)
        /// Name lookup or connect took too long; the text says which.
        public static let connectTimedOut = Code(value: .connectTimedOut)
        /// The server took the connection and did not answer the handshake in time.
        public static let handshakeTimedOut = Code(value: .handshakeTimedOut)
        /// TLS did not come about: a certificate was not accepted, by us or by the server, or the server does not speak
        /// TLS.
        public static let tlsFailed = Code(value: .tlsFailed)
        /// The password is wrong or missing, the user is unknown or disabled, or the provider failed.
        public static let authenticationFailed = Code(value: .authenticationFailed)
        /// The user may not do this (`NOPERM`).
        public static let notPermitted = Code(value: .notPermitted)
        /// The server answered with another error.
        public static let serverError = Code(value: .serverError)
        /// The link ended before the answer came. Whether a command was executed is not known.
        public static let connectionLost = Code(value: .connectionLost)
        /// The peer sent bytes that are not RESP, or RESP that has no place there.
        public static let protocolViolation = Code(value: .protocolViolation)
        /// The peer sent more than the limits of the configuration allow.
        public static let frameTooLarge = Code(value: .frameTooLarge)
        /// The caller's deadline passed.
        public static let timedOut = Code(value: .timedOut)
        /// The caller's task was cancelled.
        public static let cancelled = Code(value: .cancelled)
        /// The object was closed.
        public static let closed = Code(value: .closed)
        /// A name has no handler, and the reader takes handlers only.
        public static let handlerMissing = Code(value: .handlerMissing)
        /// A handler threw; `underlyingError` is what it threw.
        public static let handlerFailed = Code(value: .handlerFailed)
        /// A command without a name, or one that cannot be sent this way: with keys of several slots to a cluster, for
        /// instance.
        public static let invalidCommand = Code(value: .invalidCommand)
        /// The reply has not the form that the command's page promises.
        public static let unexpectedReply = Code(value: .unexpectedReply)
        /// More waited for the readers than the limit allows, and the overflow policy is to fail.
        public static let consumerTooSlow = Code(value: .consumerTooSlow)
        /// The link is alive, and what is published does not arrive over it.
        public static let deliveryFailed = Code(value: .deliveryFailed)
        /// The server's `notify-keyspace-events` leaves out what was asked for.
        public static let notificationsOff = Code(value: .notificationsOff)
        /// The server does not know a command that this needs.
        public static let unsupported = Code(value: .unsupported)
        /// The system has no descriptor, thread or memory left.
        public static let systemFailure = Code(value: .systemFailure)
        /// The server that answered is not the one that was asked for: a primary that was demoted, for instance.
        public static let wrongRole = Code(value: .wrongRole)
        /// Nobody tells where the server is: no Sentinel and no node of the cluster answered, or none knows the name or
        /// serves the slot, or each sends to another.
        public static let noServer = Code(value: .noServer)
        /// An answer names more servers than the configuration takes: `RedisClusterConfiguration.maximumNodes`,
        /// `RedisSentinelConfiguration.maximumInstances`.
        public static let limitExceeded = Code(value: .limitExceeded)
        /// A monitor has left by itself, because the server had to keep too much for it (`Monitor.Guard`).
        public static let guardTripped = Code(value: .guardTripped)
        /// The link was let go of on request. It reaches nobody as an error: only as the reason of a `RedisDisconnect`.
        package static let suspended = Code(value: .suspended)
        /// The server is another now. It reaches nobody as an error: only as the reason of a `RedisDisconnect`.
        package static let relocated = Code(value: .relocated)
        /// The link was opened anew to use new credentials. It reaches nobody as an error: only as the reason of a
        /// `RedisDisconnect`.
        package static let credentialsChanged = Code(value: .credentialsChanged)
    }
}
