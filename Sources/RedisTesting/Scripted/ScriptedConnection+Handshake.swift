extension ScriptedConnection {
    /// Answers what clients send when they have connected, like a server would: `HELLO` (protocol 3: with the map that
    /// Redis sends; protocol 2: with the error of a server that does not know it), `AUTH`, `SELECT`, `CLIENT SETNAME`
    /// and `CLIENT SETINFO` (with `OK`), `INFO` (with a version and little more), `CONFIG GET client-output-buffer-limit`
    /// (with nothing).
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
