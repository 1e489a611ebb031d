import Glibc
import RedisTesting
import TestSupport
import Testing

@Suite("The life of a real server", .tags(.server, .timing))
struct RedisServerLifecycleTests {
    @Test(.timeLimit(.minutes(1)), arguments: [RedisServerOptions.Transport.tcp, .unix, .both])
    func `keeps its address over a restart, with a new process`(transport: RedisServerOptions.Transport) async throws {
        try await withRedisServer(RedisServerOptions(transport: transport, password: "secret")) { server async throws in
            let (url, port, path, first) = (server.url, server.port, server.socketPath, server.processID)
            #expect(try server.command("SET", "key", "value") == "OK")
            try await server.restart()
            #expect(server.url == url)
            #expect(server.port == port)
            #expect(server.socketPath == path)
            #expect(server.processID != first)
            #expect(ProcessStatus.of(first) == .absent)
            #expect(try server.command("CONFIG", "GET", "port") == "port\n\(port)")
            #expect(try server.command("GET", "key") == "(nil)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `is killed like by a crash and comes back on the same port`() async throws {
        try await withRedisServer(RedisServerOptions(transport: .both)) { server async throws in
            let first = server.processID
            server.kill()
            #expect(!server.isRunning)
            #expect(ProcessStatus.of(first) == .absent)
            #expect(FileSystem.exists(server.directory))
            let refused = await failure { () throws(RedisTestingError) in try server.command("PING") }
            #expect(refused?.code == .connectionFailed)
            #expect(await failure { () throws(RedisTestingError) in try server.resume() }?.code == .notRunning)
            server.kill()  // idempotent
            try await server.restart()
            #expect(server.isRunning)
            #expect(server.processID != first)
            #expect(try server.command("PING") == "PONG")
            #expect(try server.command("CONFIG", "GET", "port") == "port\n\(server.port)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `answers nothing while it is paused, and everything after that`() async throws {
        try await withRedisServer(RedisServerOptions(commandTimeout: .seconds(2))) { server async throws in
            try server.pause()
            #expect(ProcessStatus.of(server.processID) == .stopped)
            #expect(server.isRunning)
            try server.pause()  // idempotent
            let silent = await failure { () throws(RedisTestingError) in try server.command("PING") }
            #expect(silent?.code == .timeout)
            try server.resume()
            #expect(ProcessStatus.of(server.processID) == .alive)
            #expect(try server.command("PING") == "PONG")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `is stopped and restarted out of a pause without the long wait`() async throws {
        let server = try await RedisServer.start(RedisServerOptions(stopTimeout: .seconds(50)))
        try server.pause()
        try await server.restart()
        #expect(try server.command("PING") == "PONG")
        try server.pause()
        let clock = ContinuousClock()
        #expect(clock.measure { server.stop() } < .seconds(10))
        #expect(ProcessStatus.of(server.processID) == .absent)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["redis.conf", "redis-server.log"])
    func `has nothing written through a link that lies in its folder`(name: String) async throws {
        let folder = try FileSystem.makeTemporaryFolder(prefix: "redis-testing-link-")
        defer { FileSystem.removeTree(folder) }
        let target = "\(folder)/target"
        try FileSystem.write("what is there", to: target)
        let server = try await RedisServer.start()
        defer { server.stop() }
        server.kill()
        FileSystem.removeTree("\(server.directory)/\(name)")
        try #require(unsafe symlink(target, "\(server.directory)/\(name)") == 0)
        let refused = await failure { () async throws(RedisTestingError) in try await server.restart() }
        #expect(refused?.code == .systemCallFailed)
        #expect(FileSystem.readText(target) == "what is there")
    }

    @Test(.timeLimit(.minutes(1)))
    func `inherits no descriptor of the test process`() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)  // not close-on-exec
        defer { close(ends[0]) }
        let server = try await RedisServer.start()
        defer { server.stop() }
        close(ends[1])
        // The end of the pipe is seen only when nobody else has the writing end.
        var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        #expect(unsafe poll(&entry, 1, 5000) == 1)
        #expect(entry.revents == Int16(POLLHUP))
    }

    @Test(.timeLimit(.minutes(1)))
    func `is killed when SIGTERM does not end it in time`() async throws {
        let options = RedisServerOptions(stopTimeout: .milliseconds(300), commandTimeout: .milliseconds(300))
        let server = try await RedisServer.start(options)
        let id = server.processID
        // While a script runs, the server does not act on the signal, whose handler only sets a flag.
        let busy = await failure { () throws(RedisTestingError) in
            try server.command("EVAL", "while true do end", "0")
        }
        #expect(busy?.code == .timeout)
        #expect(ProcessStatus.of(id) == .alive)
        let clock = ContinuousClock()
        #expect(clock.measure { server.stop() } >= .milliseconds(300))
        #expect(ProcessStatus.of(id) == .absent)
        #expect(!FileSystem.exists(server.directory))
    }
}
