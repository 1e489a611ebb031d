import RedisTesting
import TestSupport
import Testing

@Suite("A scripted server", .tags(.server))
struct ScriptedServerTests {
    @Test(.timeLimit(.minutes(1)), arguments: [ScriptedServer.Transport.tcp, .unix])
    func `gets and gives the exact bytes`(transport: ScriptedServer.Transport) async throws {
        let answer = try await withScriptedServer(transport: transport) { connection in
            try connection.expect("PING\r\n")
            try connection.expect([0, 255])
            try connection.send("+PO")
            try connection.send([0x4e, 0x47, 0, 255])
            connection.closeGracefully()
        } client: { url in
            let client = try TestClient(url)
            try client.send(bytes("PING\r") + [0x0a, 0, 255])
            return try client.readToEnd()
        }
        #expect(answer == bytes("+PONG") + [0, 255])
    }

    @Test(.timeLimit(.minutes(1)))
    func `reports bytes that were not expected as soon as they differ`() async throws {
        let error = await failure { () throws(RedisTestingError) in
            try await serve { connection in
                try connection.expect("PING\r\n and much more")
            } client: { client in
                try client.send(bytes("PONG"))
                _ = try client.readToEnd()
            }
        }
        #expect(
            error
                == RedisTestingError(
                    .scriptFailed,
                    #"""
                    connection 0: RedisTestingError.unexpectedBytes: expected "PING\r\n and much more", got "PONG"
                    """#
                )
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `reports what is missing when the client falls silent or goes`() async throws {
        let silent = await failure { () throws(RedisTestingError) in
            try await serve(timeout: .seconds(1)) { connection in
                try connection.expect("PING\r\n")
            } client: { client in
                try client.send(bytes("PI"))
                _ = try client.readToEnd()
            }
        }
        #expect(
            silent?.message
                == #"connection 0: RedisTestingError.timeout: expected "PING\r\n", got "PI"; "#
                + "waiting for bytes: nothing in time"
        )
        let gone = await failure { () throws(RedisTestingError) in
            try await serve { connection in
                try connection.expect("PING\r\n")
            } client: { client in
                try client.send(bytes("PI"))
                client.close()
            }
        }
        #expect(
            gone?.message
                == #"connection 0: RedisTestingError.connectionClosed: expected "PING\r\n", got "PI"; "#
                + "waiting for bytes: the peer closed the connection"
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `reads commands, binary ones too, and tells a wrong one without its password`() async throws {
        let seen = Locked<[[[UInt8]]]>([])
        let error = await failure { () throws(RedisTestingError) in
            try await serve { connection in
                let command = try connection.readCommand()
                seen.withLock { $0.append(command) }
                try connection.expectCommand("SELECT", "3")
                try connection.expectCommand("PING")
            } client: { client in
                try client.send(bytes("*2\r\n$3\r\nGET\r\n$4\r\n") + [0, 13, 10, 255] + bytes("\r\n"))
                try client.send(bytes("*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*2\r\n$4\r\nauth\r\n$6\r\nsecret\r\n"))
                _ = try client.readToEnd()
            }
        }
        #expect(seen.withLock { $0 } == [[bytes("GET"), [0, 13, 10, 255]]])
        #expect(
            error?.message
                == #"connection 0: RedisTestingError.unexpectedBytes: expected the command "PING", got "auth" …"#
        )
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["PING\r\n", "*x\r\n", "*1\r\n:1\r\n", "*1\r\n$-1\r\n", "*1\r\n$1\r\nabc"]
    )
    func `refuses what is not a command`(text: String) async throws {
        let code = Locked<RedisTestingError.Code?>(nil)
        try await serve { connection in
            do throws(RedisTestingError) { _ = try connection.readCommand() } catch {
                code.withLock { $0 = error.code }
            }
        } client: { client in
            try client.send(bytes(text))
            _ = try client.readToEnd()
        }
        #expect(code.withLock { $0 } == .protocolViolation)
    }

    @Test(.timeLimit(.minutes(1)))
    func `tells its connections apart by their index`() async throws {
        let server = ScriptedServer { connection in
            try connection.send("+\(connection.index)\r\n")
            try connection.waitForClose()
        }
        #expect(server.url == "")
        try server.start()
        try server.start()  // does nothing
        #expect(server.url == "redis://127.0.0.1:\(server.port)")
        for index in 0..<3 {
            let client = try TestClient(server.url)
            #expect(try client.read(4) == bytes("+\(index)\r\n"))
            client.close()
        }
        #expect(server.connectionCount == 3)
        try await server.finish()
        #expect(server.scriptErrors.isEmpty)
        #expect(throws: RedisTestingError.self) { try server.start() }
    }

    @Test(.timeLimit(.minutes(1)))
    func `sends in pieces that arrive one by one`() async throws {
        var pieces: [String] = []
        // Who reads too late gets two pieces as one, and reads them again.
        _ = try await eventually {
            pieces = try await withScriptedServer { connection in
                try connection.sendSlowly(bytes("abcdefg"), inPiecesOf: 3, pause: .milliseconds(50))
            } client: { url in
                let client = try TestClient(url)
                var read: [String] = []
                while case let piece = try client.readSome(), !piece.isEmpty {
                    read.append(String(decoding: piece, as: UTF8.self))
                }
                return read
            }
            return pieces == ["abc", "def", "g"]
        }
        #expect(pieces == ["abc", "def", "g"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `ends a connection gracefully or by a reset`() async throws {
        let rest = Locked<[UInt8]>([])
        try await serve { connection in
            connection.closeGracefully()
            let bytes = try connection.waitForClose()
            rest.withLock { $0 = bytes }
        } client: { client in
            #expect(try client.readToEnd() == [])
            try client.send(bytes("still heard"))
            client.close()
        }
        #expect(rest.withLock { $0 } == bytes("still heard"))

        try await serve { connection in
            try connection.expect("x")
            connection.reset()
        } client: { client in
            try client.send(bytes("x"))
            let error = await failure { () throws(RedisTestingError) in _ = try client.readSome() }
            #expect(error == RedisTestingError(.connectionClosed, "reading: Connection reset by peer"))
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [ScriptedServer.Transport.tcp, .unix])
    func `ends a connection without a reset even when the script leaves bytes unread`(
        transport: ScriptedServer.Transport
    ) async throws {
        let isSent = Locked(false)
        let answer = try await withScriptedServer(transport: transport) { connection in
            try connection.expect("a")
            try connection.send("answer")
            #expect(eventuallyBlocking { isSent.withLock { $0 } })
        } client: { url in
            let client = try TestClient(url)
            // More than one read of the script takes in, less than fills the buffers of the connection.
            try client.send(bytes("a") + [UInt8](repeating: 1, count: 40_000))
            isSent.withLock { $0 = true }
            return try client.readToEnd()
        }
        #expect(answer == bytes("answer"))
    }

    @Test(.timeLimit(.minutes(1)))
    func `answers the handshake of protocol 3 and of protocol 2`() async throws {
        let rest = Locked<[[String]]>([])
        let commands = [
            ["HELLO", "3", "AUTH", "default", "pw"], ["CLIENT", "SETINFO", "LIB-NAME", "x"], ["select", "1"],
            ["CLIENT", "ID"],
        ]
        for version in [3, 2] {
            try await serve { connection in
                let command = try connection.answerHandshake(protocolVersion: version)
                rest.withLock { $0.append(texts(command)) }
                try connection.waitForClose()
            } client: { client in
                for command in commands { try client.send(command: command) }
                let hello =
                    version == 3
                    ? "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n"
                        + "$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
                        + "$7\r\nmodules\r\n*0\r\n"
                    : "-ERR unknown command 'HELLO'\r\n"
                let expected = bytes(hello + "+OK\r\n+OK\r\n")
                #expect(try client.read(expected.count) == expected)
                client.close()
            }
        }
        #expect(rest.withLock { $0 } == [["CLIENT", "ID"], ["CLIENT", "ID"]])
    }

    @Test(.timeLimit(.minutes(1)))
    func `interrupts waiting scripts when stopped, and does not count that as an error`() async throws {
        let began = Locked(false)
        let server = ScriptedServer(timeout: .seconds(50)) { connection in
            began.withLock { $0 = true }
            try connection.expect("never")
        }
        try server.start()
        let client = try TestClient(server.url)
        #expect(try await eventually { began.withLock { $0 } })
        let clock = ContinuousClock()
        let time = try clock.measure { try server.stop() }
        #expect(time < .seconds(5))
        #expect(server.scriptErrors.isEmpty)
        #expect(try client.readToEnd() == [])
        let refused = await failure { () throws(RedisTestingError) in _ = try TestClient(server.url) }
        #expect(refused?.code == .connectionFailed)
    }

    @Test(.timeLimit(.minutes(1)))
    func `reports a script that does not end in time`() async throws {
        let server = ScriptedServer { try $0.waitForClose() }
        try server.start()
        let client = try TestClient(server.url)
        #expect(try await eventually { server.connectionCount == 1 })
        let error = await failure { () throws(RedisTestingError) in try await server.finish(within: .milliseconds(50)) }
        #expect(
            error
                == RedisTestingError(
                    .scriptFailed,
                    "connection 0: RedisTestingError.timeout: the script still runs"
                )
        )
        client.close()
    }

    @Test(.timeLimit(.minutes(1)))
    func `throws the client's error, or the script's when that came first`() async throws {
        struct Thrown: Error {}
        await #expect(throws: Thrown.self) {
            try await withScriptedServer {
                try $0.waitForClose()
            } client: { _ in
                throw Thrown()
            }
        }
        let error = await failure { () throws(RedisTestingError) in
            try await serve { _ in
                throw Thrown()
            } client: { client in
                _ = try client.readToEnd()
                throw RedisTestingError(.timeout, "no answer")
            }
        }
        #expect(error?.message == "connection 0: Thrown()\nand the client: RedisTestingError.timeout: no answer")
    }

    /// `withScriptedServer` for clients of this suite; all its errors are of this package.
    private func serve(
        timeout: Duration = .seconds(5),
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void,
        client: (TestClient) async throws -> Void
    ) async throws(RedisTestingError) {
        do {
            try await withScriptedServer(timeout: timeout, script: script) { try await client(TestClient($0)) }
        } catch let error as RedisTestingError {
            throw error
        } catch {
            throw RedisTestingError(.scriptFailed, "not an error of this package: \(error)")
        }
    }
}
