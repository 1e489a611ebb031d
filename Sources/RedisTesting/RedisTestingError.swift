/// What went wrong while a test server was started, driven or checked.
///
/// The message is written for the person who reads the test log. It never contains a password that was given to
/// ``RedisServerOptions``.
public struct RedisTestingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case executableNotFound, startFailed, notRunning, timeout, connectionFailed, connectionClosed
            case errorReply, protocolViolation, unexpectedBytes, scriptFailed, systemCallFailed
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// No `redis-server` program was found; the message names what to install.
        public static let executableNotFound = Code(.executableNotFound)
        /// The server process ended, or never became ready; the message carries the tail of its log.
        public static let startFailed = Code(.startFailed)
        /// The operation needs a running server, and this one was killed or stopped.
        public static let notRunning = Code(.notRunning)
        /// A bounded wait reached its end.
        public static let timeout = Code(.timeout)
        /// A connection could not be made.
        public static let connectionFailed = Code(.connectionFailed)
        /// The peer closed or reset the connection while more was expected from it.
        public static let connectionClosed = Code(.connectionClosed)
        /// The server answered with an error reply; the message is that reply.
        public static let errorReply = Code(.errorReply)
        /// The peer sent bytes that are not RESP.
        public static let protocolViolation = Code(.protocolViolation)
        /// The client sent something else than the script expects.
        public static let unexpectedBytes = Code(.unexpectedBytes)
        /// One or more scripts of a ``ScriptedServer`` threw; the message lists them by connection.
        public static let scriptFailed = Code(.scriptFailed)
        /// The operating system refused a call; the message names the call and the reason.
        public static let systemCallFailed = Code(.systemCallFailed)

        /// The name of the code, as it is spelled in Swift.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message in one line (or more, when a server log is attached).
    public var description: String { "RedisTestingError.\(code): \(message)" }
}
