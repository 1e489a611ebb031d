import RedisTesting
import TestSupport
import Testing

@Suite("A real server", .tags(.server))
struct RedisServerTests {
    @Test(.timeLimit(.minutes(1)))
    func `answers PING, and leaves no process and no folder when stopped`() async throws {
        let server = try await RedisServer.start()
        let id = server.processID
        let guardID = server.guardProcessID
        #expect(try server.command("PING") == "PONG")
        #expect(server.url == "redis://127.0.0.1:\(server.port)")
        #expect(server.unixURL == nil)
        #expect(server.socketPath == nil)
        #expect(server.log.split(separator: "\n").contains { $0.hasSuffix("Ready to accept connections") })
        #expect(ProcessStatus.of(id) == .alive)
        #expect(ProcessStatus.of(guardID) == .alive)
        #expect(FileSystem.exists(server.directory))

        server.stop()
        #expect(ProcessStatus.of(id) == .absent)
        #expect(ProcessStatus.of(guardID) == .absent)
        #expect(!FileSystem.exists(server.directory))
        #expect(!server.isRunning)
        #expect(server.log == "")
        server.stop()  // idempotent
        #expect(await failure { () throws(RedisTestingError) in try await server.restart() }?.code == .notRunning)
        #expect(await failure { () throws(RedisTestingError) in try server.pause() }?.code == .notRunning)
        #expect(
            await failure { () throws(RedisTestingError) in try server.command("PING") }?.code == .connectionFailed
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `is stopped when the last reference goes`() async throws {
        var server: RedisServer? = try await RedisServer.start()
        let id = try #require(server?.processID)
        let directory = try #require(server?.directory)
        #expect(ProcessStatus.of(id) == .alive)
        server = nil
        #expect(ProcessStatus.of(id) == .absent)
        #expect(!FileSystem.exists(directory))
    }

    @Test(.timeLimit(.minutes(1)))
    func `is stopped when the body of withRedisServer throws`() async throws {
        struct Thrown: Error {}
        var seen: RedisServer?
        await #expect(throws: Thrown.self) {
            try await withRedisServer { server async throws in
                seen = server
                throw Thrown()
            }
        }
        #expect(seen?.isRunning == false)
        #expect(try await withRedisServer { try $0.command("ECHO", "value") } == "value")
    }

    @Test(.timeLimit(.minutes(1)))
    func `listens on a Unix socket only`() async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { server async throws in
            let path = try #require(server.socketPath)
            #expect(server.port == 0)
            #expect(server.tcpURL == nil)
            #expect(path == "\(server.directory)/redis.sock")
            #expect(server.url == "redis+unix://\(path)")
            #expect(try server.command("CONFIG", "GET", "port") == "port\n0")
            #expect(try server.command("CLIENT", "INFO").split(separator: " ").contains("laddr=\(path):0"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `listens on a port and on a Unix socket, also of a folder with a space in its name`() async throws {
        let options = RedisServerOptions(transport: .both, directoryPrefix: "redis testing-")
        try await withRedisServer(options) { server async throws in
            let path = try #require(server.socketPath)
            let name = try #require(path.split(separator: "/").dropLast().last)
            #expect(server.url == "redis://127.0.0.1:\(server.port)")
            #expect(server.unixURL?.hasSuffix("/redis%20testing-\(name.dropFirst(14))/redis.sock") == true)
            #expect(FileSystem.exists(path))
            #expect(try server.command("CONFIG", "GET", "port") == "port\n\(server.port)")
            #expect(try server.command("CONFIG", "GET", "unixsocket") == "unixsocket\n\(path)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `takes a password of any characters and does not show it`() async throws {
        let password = "p\"w \\ü@:/\n#"
        try await withRedisServer(RedisServerOptions(password: password)) { server async throws in
            #expect(try server.command("PING") == "PONG")
            #expect(server.url == "redis://:p%22w%20%5C%C3%BC%40%3A%2F%0A%23@127.0.0.1:\(server.port)")
            #expect(try server.command("ACL", "WHOAMI") == "default")
            #expect(try server.command("CONFIG", "GET", "requirepass") == "requirepass\n\(password)")
            let error = await failure { () throws(RedisTestingError) in
                try server.command("\(password)-command")
            }
            #expect(error?.code == .errorReply)
            #expect(error?.message.hasPrefix("ERR unknown command '***-command'") == true)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `counts as ready when the arguments set a password that the options do not name`() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--requirepass", "elsewhere"])) {
            server async throws in
            let error = await failure { () throws(RedisTestingError) in try server.command("PING") }
            #expect(error == RedisTestingError(.errorReply, "NOAUTH Authentication required."))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `passes further arguments on and allows DEBUG`() async throws {
        let options = RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA", "--maxclients", "77"])
        try await withRedisServer(options) { server async throws in
            #expect(try server.command("CONFIG", "GET", "notify-keyspace-events") == "notify-keyspace-events\nAKE")
            #expect(try server.command("CONFIG", "GET", "maxclients") == "maxclients\n77")
            #expect(try server.command("DEBUG", "SLEEP", "0") == "OK")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `returns every kind of reply as text, and an error reply as an error`() async throws {
        try await withRedisServer { server async throws in
            #expect(try server.command("SET", "key", "a\r\nb") == "OK")
            #expect(try server.command("GET", "key") == "a\r\nb")
            #expect(try server.command("GET", "none") == "(nil)")
            #expect(try server.command("INCR", "number") == "1")
            #expect(try server.command("RPUSH", "list", "x", "") == "2")
            #expect(try server.command("LRANGE", "list", "0", "-1") == "x\n")
            #expect(try server.command("BLPOP", "nolist", "0.01") == "(nil)")
            #expect(try server.command("EVAL", "return {1,{'a',{2}},false}", "0") == "1\na\n2\n(nil)")
            #expect(try server.command([bytes("SET"), [0, 255, 13, 10], bytes("v")]) == "OK")
            #expect(try server.command([bytes("GET"), [0, 255, 13, 10]]) == "v")
            #expect(try server.command("DEBUG", "PROTOCOL", "integer") == "12345")
            let error = await failure { () throws(RedisTestingError) in try server.command("INCR", "key") }
            #expect(error == RedisTestingError(.errorReply, "ERR value is not an integer or out of range"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `is started and restarted from a plain blocking call, too`() throws {
        let server = try RedisServer.startBlocking()
        defer { server.stop() }
        #expect(try server.command("PING") == "PONG")
        try server.restartBlocking()
        #expect(try server.command("PING") == "PONG")
    }
}
