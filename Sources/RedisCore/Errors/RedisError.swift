/// Everything that the library throws.
///
/// Decide by `code`; show `description`, which names the server, the phase and the cause, and never a payload or a
/// password.
///
/// `message` and `description` are fit to be shown, wherever their words come from: control characters, line feeds and
/// marks of direction in them are escaped (`\n`, `\x1b`, `\u{202e}`), and they are cut: a line of the server at 1 KiB,
/// a message at 4 KiB.
/// `serverMessage` is the server's line itself.
public struct RedisError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let code: Code
    /// The cause in words, fit to be shown.
    public let message: String
    /// Where it went wrong, when that was at a server.
    public var endpoint: RedisEndpoint?
    /// During what it went wrong.
    public var phase: Phase?
    /// For `.serverError` and its kin: the line of the server as it came. It may repeat arguments of the command, and
    /// do things to a terminal: to compare it, not to show it.
    public var serverMessage: String?
    /// What lay below: the error that a handler or a credentials provider threw, or a `RedisSystemError`.
    public var underlyingError: (any Error)?

    /// Creates an error.
    package init(
        _ code: Code,
        _ message: String,
        endpoint: RedisEndpoint? = nil,
        phase: Phase? = nil,
        underlyingError: (any Error)? = nil
    ) {
        self.code = code
        self.message = message.shown(upTo: ShownText.messageLimit)
        self.endpoint = endpoint
        self.phase = phase
        self.underlyingError = underlyingError
    }

    /// The part of a link's life.
    public enum Phase: String, Sendable, Hashable {
        /// Name lookup and connect.
        case connect
        /// From the first byte to the server's consent.
        case handshake
        /// Subscribing and unsubscribing.
        case subscribe
        /// Waiting for what was subscribed or monitored.
        case listen
        /// Sending a command and waiting for its reply.
        case command
    }

    /// For example `redis.example:6379: handshake: WRONGPASS invalid username-password pair or user is disabled.`
    public var description: String {
        let parts = [endpoint?.description, phase?.rawValue, message].compactMap { $0 }
        return parts.joined(separator: ": ")
    }

    /// The same error, with the server and the phase where it has none yet.
    package func at(_ endpoint: RedisEndpoint, _ phase: Phase) -> RedisError {
        var error = self
        error.endpoint = error.endpoint ?? endpoint
        error.phase = error.phase ?? phase
        return error
    }
}
