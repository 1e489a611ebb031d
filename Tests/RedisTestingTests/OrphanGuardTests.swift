import Glibc
import RedisTesting
import TestSupport
import Testing

@Suite("The guard", .tags(.server))
struct OrphanGuardTests {
    @Test(.timeLimit(.minutes(1)))
    func `ends the server and removes its folder when its connection ends without a goodbye`() async throws {
        let server = try await RedisServer.start()
        #expect(try server.command("PING") == "PONG")
        server.abandonGuard()
        #expect(try await eventually { !server.isRunning })
        #expect(try await eventually { !FileSystem.exists(server.directory) })
        #expect(try await eventually { isGone(server.guardProcessID) })
        server.stop()
        #expect(ProcessStatus.of(server.processID) == .absent)
    }

    @Test(.timeLimit(.minutes(1)))
    func `ends a paused server, and the one that came by a restart`() async throws {
        let server = try await RedisServer.start()
        try await server.restart()
        try server.pause()
        server.abandonGuard()
        #expect(try await eventually { !server.isRunning })
        server.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `does not touch a process that was collected before`() async throws {
        let server = try await RedisServer.start()
        server.kill()
        server.abandonGuard()
        #expect(try await eventually { !FileSystem.exists(server.directory) })
        #expect(try await eventually { isGone(server.guardProcessID) })
        server.stop()
    }

    /// The real thing: a test process that gets SIGKILL can do nothing any more; its server must go all the same.
    @Test(.timeLimit(.minutes(1)))
    func `ends the server of a test process that was killed`() async throws {
        let folder = try FileSystem.makeTemporaryFolder(prefix: "redis-testing-scratch-")
        defer { FileSystem.removeTree(folder) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            let server = try await RedisServer.start()
            try FileSystem.write("\(server.processID) \(server.directory)", to: "\(folder)/started")
            // A connection of another child, forgotten without close-on-exec, must not keep the guard waiting.
            let other = try await RedisServer.start()
            try FileSystem.write("\(other.processID) \(other.directory)", to: "\(folder)/other")
            raise(SIGKILL)
        }
        for name in ["started", "other"] {
            let words = FileSystem.readText("\(folder)/\(name)").split(separator: " ").map { String($0) }
            try #require(words.count == 2)
            let id = try #require(Int32(words[0]))
            #expect(try await eventually { isGone(id) })
            #expect(try await eventually { !FileSystem.exists(words[1]) })
        }
    }
}
