/// One accepted connection of a ``ScriptedServer``, as its script sees it.
///
/// Every call blocks for at most the server's timeout. Normally only the script uses it; but it may be handed to other
/// threads, for example to send while the script waits. Calls that read are carried out one after the other.
public final class ScriptedConnection: Sendable {
    /// Which connection of the server this is: 0 for the first accepted, 1 for the next.
    public let index: Int

    private let socket: StreamSocket
    private let reader: Locked<ByteReader>
    private let timeout: Duration

    init(_ socket: StreamSocket, index: Int, timeout: Duration) {
        self.index = index
        self.socket = socket
        self.timeout = timeout
        reader = Locked(ByteReader(socket))
    }

    private var deadline: Deadline { Deadline(after: timeout) }

    // MARK: - Reading

    /// Reads exactly as many bytes as `bytes` has, and compares them; a difference is seen as soon as it arrives.
    ///
    /// - Parameter bytes: What the client must send next.
    /// - Throws: ``RedisTestingError/Code/unexpectedBytes`` showing both, ``RedisTestingError/Code/timeout`` or
    ///   ``RedisTestingError/Code/connectionClosed`` showing what has come until then.
    public func expect(_ bytes: [UInt8]) throws(RedisTestingError) {
        try reader.withLock { reader throws(RedisTestingError) in
            let got: [UInt8]
            do throws(RedisTestingError) {
                got = try reader.read(bytes.count, deadline, waitingFor: "waiting for bytes") { bytes.starts(with: $0) }
            } catch {
                let message = "expected \(escaped(bytes)), got \(escaped(reader.pending)); \(error.message)"
                throw RedisTestingError(error.code, message)
            }
            guard got == bytes else {
                throw RedisTestingError(.unexpectedBytes, "expected \(escaped(bytes)), got \(escaped(got))")
            }
        }
    }

    /// Reads exactly the UTF-8 bytes of `text`; otherwise like ``expect(_:)-([UInt8])``.
    ///
    /// - Parameter text: What the client must send next.
    /// - Throws: As ``expect(_:)-([UInt8])``.
    public func expect(_ text: String) throws(RedisTestingError) { try expect(Array(text.utf8)) }

    /// Reads one command: an array of bulk strings.
    ///
    /// - Returns: The command's name and its arguments.
    /// - Throws: ``RedisTestingError/Code/protocolViolation`` when something else comes,
    ///   ``RedisTestingError/Code/timeout``, ``RedisTestingError/Code/connectionClosed``.
    public func readCommand() throws(RedisTestingError) -> [[UInt8]] {
        try reader.withLock { reader throws(RedisTestingError) in try RESPText.readCommand(&reader, deadline) }
    }

    /// Reads one command and compares it, byte by byte (and so case by case).
    ///
    /// - Parameter arguments: The command's name and arguments that must come.
    /// - Throws: ``RedisTestingError/Code/unexpectedBytes`` showing both, and as ``readCommand()``.
    public func expectCommand(_ arguments: String...) throws(RedisTestingError) {
        let expected = arguments.map { Array($0.utf8) }
        let got = try readCommand()
        guard got == expected else {
            let message = "expected the command \(commandText(expected)), got \(commandText(got))"
            throw RedisTestingError(.unexpectedBytes, message)
        }
    }

    /// Waits until the client closes or resets the connection.
    ///
    /// - Returns: What it has sent before that and was not yet read.
    /// - Throws: ``RedisTestingError/Code/timeout`` when it does not.
    @discardableResult
    public func waitForClose() throws(RedisTestingError) -> [UInt8] {
        try reader.withLock { reader throws(RedisTestingError) in try reader.readToEnd(deadline) }
    }

    // MARK: - Sending

    /// Sends bytes at once.
    ///
    /// - Parameter bytes: What to send.
    /// - Throws: ``RedisTestingError/Code/connectionClosed`` when the client has gone,
    ///   ``RedisTestingError/Code/timeout`` when it does not read.
    public func send(_ bytes: [UInt8]) throws(RedisTestingError) { try socket.send(bytes, deadline) }

    /// Sends the UTF-8 bytes of `text` at once; CR and LF are the caller's to write.
    ///
    /// - Parameter text: What to send.
    /// - Throws: As ``send(_:)-([UInt8])``.
    public func send(_ text: String) throws(RedisTestingError) { try send(Array(text.utf8)) }

    /// Sends bytes in small pieces, each as a TCP segment of its own, so that the client must put them together.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - size: The number of bytes in each piece; the last may be shorter.
    ///   - pause: The time between two pieces, counted in whole milliseconds.
    /// - Throws: As ``send(_:)-([UInt8])``.
    public func sendSlowly(
        _ bytes: [UInt8],
        inPiecesOf size: Int = 1,
        pause: Duration = .milliseconds(1)
    ) throws(RedisTestingError) {
        let milliseconds = Deadline(after: pause).milliseconds(atMost: 60_000)
        for start in stride(from: 0, to: bytes.count, by: max(size, 1)) {
            if start > 0 { sleepBlocking(milliseconds: milliseconds) }
            try send(Array(bytes[start..<min(start + max(size, 1), bytes.count)]))
        }
    }

    // MARK: - Ending

    /// Sends no more (TCP: FIN). Reading is still possible, until the script ends.
    public func closeGracefully() { socket.finishSending() }

    /// Resets the connection (TCP: RST). A Unix socket knows no reset: there the client sees a plain end, or
    /// `ECONNRESET` when the script has left bytes unread.
    public func reset() { socket.reset() }

    /// Closes both ways after the script.
    func close() { socket.close() }

    /// Ends both ways, to wake a script that waits.
    func interrupt() { socket.interrupt() }
}

/// A command for people to read; what follows AUTH is left out.
private func commandText(_ arguments: [[UInt8]]) -> String {
    var texts: [String] = []
    for argument in arguments {
        texts.append(escaped(argument))
        if String(decoding: argument, as: UTF8.self).uppercased() == "AUTH" {
            texts.append("…")
            break
        }
    }
    return texts.joined(separator: " ")
}

extension ScriptedConnection {
    /// Answers what clients send when they have connected, like a server would: `HELLO` (protocol 3: with the map that
    /// Redis sends; protocol 2: with the error of a server that does not know it), `AUTH`, `SELECT`, `CLIENT SETNAME`
    /// and `CLIENT SETINFO` (with `OK`), `INFO` (with a version and little more), `CONFIG GET
    /// client-output-buffer-limit` (with nothing).
    ///
    /// - Parameter protocolVersion: The version of RESP that the server is to know: 2 or 3.
    /// - Returns: The first command that is none of these; it is not answered.
    /// - Throws: As ``readCommand()`` and ``send(_:)-([UInt8])``.
    /// - SeeAlso: https://redis.io/docs/latest/commands/hello/
    public func answerHandshake(protocolVersion: Int = 3) throws(RedisTestingError) -> [[UInt8]] {
        while true {
            let command = try readCommand()
            let words = command.prefix(2).map { String(decoding: $0, as: UTF8.self).uppercased() }
            switch (words[0], words.dropFirst().first) {
            case ("HELLO", _) where protocolVersion < 3: try send("-ERR unknown command 'HELLO'\r\n")
            case ("HELLO", let version): try send(helloReply(protocolVersion: version ?? "2"))
            case ("INFO", _): try send("$\(Self.information.utf8.count)\r\n\(Self.information)\r\n")
            case ("AUTH", _), ("SELECT", _), ("CLIENT", "SETNAME"), ("CLIENT", "SETINFO"): try send("+OK\r\n")
            case ("CONFIG", "GET") where command.last == Array("client-output-buffer-limit".utf8): try send("*0\r\n")
            default: return command
            }
        }
    }

    private static let information = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"

    /// The reply to `HELLO`, in the protocol that it asks for: a map in 3, the same as an array in 2.
    private func helloReply(protocolVersion: String) -> String {
        guard ["2", "3"].contains(protocolVersion) else { return "-NOPROTO unsupported protocol version\r\n" }
        let fields = [
            ("server", "$5\r\nredis\r\n"), ("version", "$6\r\n7.0.15\r\n"), ("proto", ":\(protocolVersion)\r\n"),
            ("id", ":\(index + 1)\r\n"), ("mode", "$10\r\nstandalone\r\n"), ("role", "$6\r\nmaster\r\n"),
            ("modules", "*0\r\n"),
        ]
        let body = fields.map { "$\($0.utf8.count)\r\n\($0)\r\n\($1)" }.joined()
        return protocolVersion == "3" ? "%\(fields.count)\r\n\(body)" : "*\(fields.count * 2)\r\n\(body)"
    }
}
