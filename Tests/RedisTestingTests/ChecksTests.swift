import Glibc
import RedisTesting
import TestSupport
import Testing

@Suite("Checks", .tags(.unit))
struct ChecksTests {
    @Test(.timeLimit(.minutes(1)))
    func `eventually tells whether the condition came to hold, and looks once even without time`() async throws {
        var looks = 0
        let held = try await eventually {
            looks += 1
            return looks == 3
        }
        #expect(held)
        #expect(looks == 3)
        #expect(try await eventually(within: .zero) { true })
        #expect(try await eventually(within: .zero) { false } == false)
        let clock = ContinuousClock()
        let begin = clock.now
        #expect(try await eventually(within: .milliseconds(50)) { false } == false)
        let time = clock.now - begin
        #expect(time >= .milliseconds(50))
        looks = 0
        #expect(
            eventuallyBlocking {
                looks += 1
                return looks == 3
            }
        )
        #expect(eventuallyBlocking(within: .milliseconds(20)) { false } == false)
    }

    @Test(.timeLimit(.minutes(1)))
    func `eventually ends with the condition's error`() async throws {
        struct Thrown: Error {}
        await #expect(throws: Thrown.self) { try await eventually { throw Thrown() } }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a free port can be listened on, and is not privileged`() async throws {
        let port = try FreePort.next()
        #expect((1024...65535).contains(port))
        let refused = await failure { () throws(RedisTestingError) in _ = try TestClient("redis://127.0.0.1:\(port)") }
        #expect(refused?.code == .connectionFailed)
    }

    @Test(
        arguments: [
            ("32768\t60999\n", 0, 10_000..<32_768), ("32768\t60999\n", 10_000, 10_000..<22_768),
            ("49152 65535", 0, 10_000..<49_152), ("", 0, 10_000..<32_768), ("?", 0, 10_000..<32_768),
            ("1024 65535", 0, nil), ("15000 65535", 10_000, nil), ("9999999 9999999", 0, 10_000..<65_536),
        ] as [(String, Int, Range<Int>?)]
    )
    func `servers have ports below those of clients`(setting: String, distance: Int, ports: Range<Int>?) {
        #expect(ServerPorts.below(setting, roomAbove: distance) == ports)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a reserved port is nobody else's until it is let go`() async throws {
        let reservations = try (0..<20).map { _ in try PortReservation() }
        #expect(Set(reservations.map(\.port)).count == 20)
        if let ports = ServerPorts.ofThisMachine() { #expect(reservations.allSatisfy { ports.contains($0.port) }) }
        for reservation in reservations {
            let refused = await failure { () throws(RedisTestingError) in
                _ = try PortReservation(port: reservation.port)
            }
            #expect(refused?.code == .systemCallFailed)
            reservation.close()
            try PortReservation(port: reservation.port).close()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a server that is down keeps its port`() async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        server.kill()
        let refused = await failure { () throws(RedisTestingError) in _ = try PortReservation(port: server.port) }
        #expect(refused?.code == .systemCallFailed)
        try await server.restart()
        #expect(try server.command("PING") == "PONG")
    }

    /// In a process of its own, because the counts are those of the whole process.
    @Test(.timeLimit(.minutes(1)))
    func `the counts see every descriptor and every thread, and none of the listing`() async throws {
        await #expect(processExitsWith: .success) {
            // The runtime opens descriptors of its own while it wakes up.
            var descriptors = -1
            _ = try await eventually {
                let last = descriptors
                descriptors = ResourceCount.openFileDescriptors()
                return descriptors == last
            }
            #expect(descriptors >= 3)
            #expect(ResourceCount.openFileDescriptors() == descriptors)
            let copy = dup(0)
            #expect(ResourceCount.openFileDescriptors() == descriptors + 1)
            close(copy)
            #expect(ResourceCount.openFileDescriptors() == descriptors)

            let servers = (0..<10).map { _ in ScriptedServer { try $0.waitForClose() } }
            let threads = ResourceCount.threads()
            #expect(threads >= 1)
            for server in servers { try server.start() }
            #expect(try await eventually { ResourceCount.threads() == threads + 10 })
            for server in servers { try server.stop() }
            #expect(try await eventually { ResourceCount.threads() == threads })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `twenty servers leave no descriptor, no thread and no child behind`() async throws {
        await #expect(processExitsWith: .success) {
            // Warm up: the cooperative pool, its timers, and the first use of the libraries.
            try await withRedisServer { _ = try $0.command("PING") }
            try await Task.sleep(for: .milliseconds(5))
            let descriptors = ResourceCount.openFileDescriptors()
            let threads = ResourceCount.threads()
            for _ in 0..<20 {
                try await withRedisServer(RedisServerOptions(transport: .both)) { server async throws in
                    #expect(try server.command("PING") == "PONG")
                }
                try await withScriptedServer { connection in
                    try connection.send("+\(connection.index)\r\n")
                } client: { url async throws in
                    #expect(try TestClient(url).readToEnd() == bytes("+0\r\n"))
                }
            }
            #expect(try await eventually { ResourceCount.openFileDescriptors() == descriptors })
            #expect(try await eventually { ResourceCount.threads() <= threads })
            // No child, collected or not.
            errno = 0
            #expect(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD)
        }
    }
}
