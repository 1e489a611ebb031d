extension RedisServer {
    /// Sends one command over a connection of its own, authenticated when the server has a password, and returns the
    /// reply. Blocks for at most ``RedisServerOptions/commandTimeout``.
    ///
    /// - Parameter arguments: The command's name and its arguments.
    /// - Returns: The reply as text: strings and numbers as they are, the elements of collections (nested ones
    ///   included) one per line, nothing as `(nil)`; invalid UTF-8 is repaired.
    /// - Throws: ``RedisTestingError/Code/errorReply`` with the server's words,
    ///   ``RedisTestingError/Code/connectionFailed`` when nobody listens, ``RedisTestingError/Code/timeout``.
    @discardableResult
    public func command(_ arguments: String...) throws(RedisTestingError) -> String {
        try command(arguments.map { Array($0.utf8) })
    }

    /// Sends one command whose arguments may be any bytes; otherwise like ``command(_:)-(String...)``.
    ///
    /// - Parameter arguments: The command's name and its arguments.
    /// - Returns: The reply as text.
    /// - Throws: As ``command(_:)-(String...)``.
    @discardableResult
    public func command(_ arguments: [[UInt8]]) throws(RedisTestingError) -> String {
        try exchange { connection throws(RedisTestingError) in try connection.call(arguments) }
    }

    /// Sends one command and returns the elements of its reply, which is an array of strings, as the bytes that they
    /// are.
    func elements(_ arguments: String...) throws(RedisTestingError) -> [[UInt8]] {
        try exchange { connection throws(RedisTestingError) in
            try connection.callForElements(arguments.map { Array($0.utf8) })
        }
    }

    /// Connects, authenticates, and lets `body` use the connection.
    private func exchange<Success>(
        _ body: (inout AdminConnection) throws(RedisTestingError) -> Success
    ) throws(RedisTestingError) -> Success {
        let address = try SocketAddress.local(path: socketPath, port: port)
        let deadline = Deadline(after: options.commandTimeout)
        do throws(RedisTestingError) {
            var connection = try AdminConnection(address, password: options.password, deadline)
            defer { connection.close() }
            return try body(&connection)
        } catch {
            throw RedisTestingError(error.code, error.message.redacting(options.secrets))
        }
    }
}

/// A short-lived connection of a test's own to its server: one command, one reply, blocking.
struct AdminConnection {
    private let socket: StreamSocket
    private var reader: ByteReader
    private let deadline: Deadline

    /// Connects, and authenticates when there is a password.
    init(_ address: SocketAddress, password: String?, _ deadline: Deadline) throws(RedisTestingError) {
        socket = try StreamSocket.connect(to: address, deadline)
        reader = ByteReader(socket)
        self.deadline = deadline
        if let password { _ = try call(["AUTH", password].map { Array($0.utf8) }) }
    }

    /// Sends one command and returns its reply as text.
    mutating func call(_ arguments: [[UInt8]]) throws(RedisTestingError) -> String {
        try socket.send(RESPText.command(arguments), deadline)
        return try RESPText.readReply(&reader, deadline)
    }

    /// Sends one command whose reply is an array of strings, and returns them.
    mutating func callForElements(_ arguments: [[UInt8]]) throws(RedisTestingError) -> [[UInt8]] {
        try socket.send(RESPText.command(arguments), deadline)
        return try RESPText.readElements(&reader, deadline)
    }

    /// Closes the connection.
    func close() { socket.close() }
}
