/// Every error that the library throws.
///
/// Use `code` for decisions and show `description`, which contains the server, the phase and the cause, and never a
/// payload or a password.
///
/// `message` and `description` are safe to show, wherever their words come from: control characters, line feeds and
/// marks of direction are escaped (`\n`, `\x1b`, `\u{202e}`), a line of the server is cut at 1 KiB and a message at 4
/// KiB. `serverMessage` is the server's line itself.
public struct RedisError: Error, Sendable, CustomStringConvertible {
    private var storage: Storage

    /// What went wrong.
    public var code: Code { storage.fields.code }
    /// The cause in words, safe to show.
    public var message: String { storage.fields.message }
    /// The server at which the error occurred, if there was one.
    public var endpoint: RedisEndpoint? {
        get { storage.fields.endpoint }
        set { change { $0.endpoint = newValue } }
    }
    /// The phase in which the error occurred.
    public var phase: Phase? {
        get { storage.fields.phase }
        set { change { $0.phase = newValue } }
    }
    /// For `.serverError` and similar codes: the line of the server as it came. It may contain arguments of the command
    /// and terminal control characters, so use it for comparison and not for display.
    public var serverMessage: String? {
        get { storage.fields.serverMessage }
        set { change { $0.serverMessage = newValue } }
    }
    /// The cause below this error: the error that a handler or a credentials provider threw, or a `RedisSystemError`.
    public var underlyingError: (any Error)? {
        get { storage.fields.underlyingError }
        set { change { $0.underlyingError = newValue } }
    }
    /// What became of the command that failed. `.unknown` as well for errors that do not concern one command.
    public var execution: RedisExecution {
        get { storage.fields.execution }
        set { change { $0.execution = newValue } }
    }

    /// Creates an error.
    package init(
        _ code: Code,
        _ message: String,
        endpoint: RedisEndpoint? = nil,
        phase: Phase? = nil,
        underlyingError: (any Error)? = nil
    ) {
        storage = Storage(
            Fields(
                code: code,
                message: message.shown(upTo: ShownText.messageLimit),
                endpoint: endpoint,
                phase: phase,
                underlyingError: underlyingError,
                execution: Self.execution(by: code)
            )
        )
    }

    private mutating func change(_ body: (inout Fields) -> Void) {
        var fields = storage.fields
        body(&fields)
        storage = Storage(fields)
    }

    private struct Fields: Sendable {
        let code: Code
        let message: String
        var endpoint: RedisEndpoint?
        var phase: Phase?
        var serverMessage: String?
        var underlyingError: (any Error)?
        var execution: RedisExecution
    }

    /// The fields are behind a reference, because errors are part of every result, also of those that succeed.
    private final class Storage: Sendable {
        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    /// The part of a link's life.
    public enum Phase: String, Sendable, Hashable {
        /// Name lookup and connect.
        case connect
        /// From the first byte to the server's acceptance.
        case handshake
        /// Subscribing and unsubscribing.
        case subscribe
        /// Waiting for events.
        case listen
        /// Sending a command and waiting for its reply.
        case command
    }

    /// For example `redis.example:6379: handshake: WRONGPASS invalid username-password pair or user is disabled.`
    public var description: String {
        let parts = [endpoint?.description, phase?.rawValue, message].compactMap { $0 }
        return parts.joined(separator: ": ")
    }

    /// A copy of the error with the server and the phase, where it has none yet.
    package func at(_ endpoint: RedisEndpoint, _ phase: Phase) -> RedisError {
        var error = self
        error.endpoint = error.endpoint ?? endpoint
        error.phase = error.phase ?? phase
        return error
    }
}
