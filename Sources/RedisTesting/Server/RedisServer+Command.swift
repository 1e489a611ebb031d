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

    /// Sends one command and returns the elements of its reply, which is an array of strings, as the bytes that they are.
    func elements(_ arguments: String...) throws(RedisTestingError) -> [[UInt8]] {
        try exchange { connection throws(RedisTestingError) in
            try connection.callForElements(arguments.map { Array($0.utf8) })
        }
    }

    /// Connects, authenticates, and lets `body` use the connection.
    private func exchange<Success>(
        _ body: (inout AdminConnection) throws(RedisTestingError) -> Success
    ) throws(RedisTestingError) -> Success {
        let address: SocketAddress = socketPath.map { .unix(path: $0) } ?? .loopback(port: port)
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
