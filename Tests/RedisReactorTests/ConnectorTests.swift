import Glibc
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("Connecting", .tags(.unit), .timeLimit(.minutes(1)))
struct ConnectorTests {
    private func failure(_ endpoint: RedisEndpoint, timeout: Duration = .seconds(10)) async throws -> ConnectError? {
        let connector = Connector(on: try .shared)
        do throws(ConnectError) {
            _ = try await connector.connect(to: endpoint, timeout: timeout)
            return nil
        } catch { return error }
    }

    @Test("tries each address of a name until one answers")
    func severalAddresses() async throws {
        // The server listens on one of the two addresses that localhost may have.
        let server = ScriptedServer { connection in _ = try connection.waitForClose() }
        try server.start()
        #expect(try await failure(.tcp(host: "localhost", port: UInt16(server.port))) == nil)
        #expect(try await failure(.tcp(host: "127.0.0.1", port: UInt16(server.port))) == nil)
        try await server.finish()
    }

    @Test("says why it failed")
    func failures() async throws {
        let port = UInt16(try FreePort.next())
        #expect(
            try await failure(.tcp(host: "127.0.0.1", port: port))
                == .refused(RedisSystemError(call: "connect", code: ECONNREFUSED))
        )
        #expect(
            try await failure(.unix(path: "/no/such/socket"))
                == .refused(RedisSystemError(call: "connect", code: ENOENT))
        )
        let long = String(repeating: "x", count: 200)
        #expect(
            try await failure(.unix(path: long))
                == .refused(RedisSystemError(call: "unix socket path", code: ENAMETOOLONG))
        )
        guard case .lookup(let error)? = try await failure(.tcp(host: "no-such-host.invalid", port: 1)) else {
            return #expect(Bool(false))
        }
        #expect(error.host == "no-such-host.invalid")
        #expect(!error.reason.isEmpty)
    }

    @Test("keeps its deadline with a host that swallows packets, and can be given up")
    func deadline() async throws {
        let trap = try SilentListener()
        let endpoint = RedisEndpoint.tcp(host: "127.0.0.1", port: trap.port)
        let start = ContinuousClock.now
        #expect(try await failure(endpoint, timeout: .milliseconds(100)) == .timedOut)
        #expect(start.duration(to: .now) >= .milliseconds(100))
        let connector = Connector(on: try .shared)
        let connecting = Task { () async -> ConnectError? in
            do throws(ConnectError) {
                _ = try await connector.connect(to: endpoint, timeout: .seconds(50))
                return nil
            } catch { return error }
        }
        await connector.cancel()
        #expect(await connecting.joined == .cancelled)
    }
}

/// A port whose queue of connections is full: the system drops what else knocks.
private final class SilentListener {
    let port: UInt16
    private var sockets: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe bind(listener, pointer, length)
                _ = unsafe getsockname(listener, pointer, &length)
            }
        }
        listen(listener, 0)
        port = UInt16(bigEndian: address.sin_port)
        sockets.append(listener)
        for _ in 0..<4 {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    _ = unsafe connect(filler, pointer, length)
                }
            }
            sockets.append(filler)
        }
    }

    deinit { for socket in sockets { close(socket) } }
}
