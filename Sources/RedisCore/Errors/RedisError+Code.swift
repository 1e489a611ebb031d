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
            case transactionAborted, conflict
            case leaseLost, deadlock
            case codingFailed, notConfigured
            case guardTripped, suspended, dutyCycle, relocated, credentialsChanged
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
        /// The server accepted the connection and did not answer the handshake in time.
        public static let handshakeTimedOut = Code(value: .handshakeTimedOut)
        /// TLS failed: one side did not accept the other's certificate, or the server does not speak TLS.
        public static let tlsFailed = Code(value: .tlsFailed)
        /// The password is wrong or missing, the user is unknown or disabled, or the provider failed.
        public static let authenticationFailed = Code(value: .authenticationFailed)
        /// The user may not do this (`NOPERM`).
        public static let notPermitted = Code(value: .notPermitted)
        /// The server answered with another error.
        public static let serverError = Code(value: .serverError)
        /// The link ended before the reply came. It is not known whether a command was executed.
        public static let connectionLost = Code(value: .connectionLost)
        /// The server sent bytes that are not RESP, or RESP that is not allowed there.
        public static let protocolViolation = Code(value: .protocolViolation)
        /// The server sent more than the limits of the configuration allow.
        public static let frameTooLarge = Code(value: .frameTooLarge)
        /// The caller's deadline passed.
        public static let timedOut = Code(value: .timedOut)
        /// The caller's task was cancelled.
        public static let cancelled = Code(value: .cancelled)
        /// The object was closed.
        public static let closed = Code(value: .closed)
        /// A name has no handler, and a reader is running that only calls handlers.
        public static let handlerMissing = Code(value: .handlerMissing)
        /// A handler threw; `underlyingError` is what it threw.
        public static let handlerFailed = Code(value: .handlerFailed)
        /// A command without a name, or one that cannot be sent in this way, for example with keys of several slots to
        /// a cluster.
        public static let invalidCommand = Code(value: .invalidCommand)
        /// The reply does not have the form that the command's documentation promises.
        public static let unexpectedReply = Code(value: .unexpectedReply)
        /// More events waited for the readers than the limit allows, and the overflow policy is to fail.
        public static let consumerTooSlow = Code(value: .consumerTooSlow)
        /// The link is alive, but published messages do not arrive over it.
        public static let deliveryFailed = Code(value: .deliveryFailed)
        /// The server's `notify-keyspace-events` lacks flags of the requested events.
        public static let notificationsOff = Code(value: .notificationsOff)
        /// The server does not know a command that is needed.
        public static let unsupported = Code(value: .unsupported)
        /// The system has no descriptor, thread or memory left.
        public static let systemFailure = Code(value: .systemFailure)
        /// The server is not the requested one, for example because it is a primary that was demoted.
        public static let wrongRole = Code(value: .wrongRole)
        /// The server was not found: no Sentinel and no node of the cluster replied, none knows the name or serves the
        /// slot, or each redirects to another.
        public static let noServer = Code(value: .noServer)
        /// More than the configuration allows: servers in a reply (`RedisClusterConfiguration.maximumNodes`,
        /// `RedisSentinelConfiguration.maximumInstances`), or commands on their way (`RedisInFlightLimit`).
        public static let limitExceeded = Code(value: .limitExceeded)
        /// The server refused a command of a transaction before EXEC, so that nothing ran.
        public static let transactionAborted = Code(value: .transactionAborted)
        /// A watched key, or the value that was compared, has changed meanwhile, so that nothing ran.
        public static let conflict = Code(value: .conflict)
        /// A lease of a lock ended before its holder gave it back. `underlyingError` is what the holder threw, if it
        /// did.
        public static let leaseLost = Code(value: .leaseLost)
        /// A task waits for a lock that it holds itself.
        public static let deadlock = Code(value: .deadlock)
        /// A value could not be turned into bytes, or bytes not into a value.
        public static let codingFailed = Code(value: .codingFailed)
        /// Nothing says where the server of a component is (`RedisComponents`).
        public static let notConfigured = Code(value: .notConfigured)
        /// A monitor has disconnected by itself, because the server had to buffer too much for it (`Monitor.Guard`).
        public static let guardTripped = Code(value: .guardTripped)
        /// The link was closed on request. Never thrown: only the reason of a `RedisDisconnect`.
        package static let suspended = Code(value: .suspended)
        /// A monitor watches only a part of the time. Never thrown: only the reason of a `RedisDisconnect`.
        package static let dutyCycle = Code(value: .dutyCycle)
        /// The link has to go to another server now. Never thrown: only the reason of a `RedisDisconnect`.
        package static let relocated = Code(value: .relocated)
        /// The link was opened anew to use new credentials. Never thrown: only the reason of a `RedisDisconnect`.
        package static let credentialsChanged = Code(value: .credentialsChanged)
    }
}
