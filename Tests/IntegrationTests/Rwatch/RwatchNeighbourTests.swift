import Foundation
import Glibc
import RedisRESP
import RedisTesting
import TestSupport
import Testing

/// Somebody else's client that wants its writes not to show in `rwatch monitor`. It sees what rwatch's own links are
/// called and where they come from, and says so of itself.
@Suite("rwatch monitor and its neighbours", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchNeighbourTests {
    /// What CLIENT LIST says of the links of rwatch: its monitor, and the guard.
    private func links(_ server: RedisServer) throws -> (monitor: String, guardian: String) {
        let lines = try server.command("CLIENT", "LIST").split(separator: "\n").map(String.init)
        return (lines.first { $0.contains(" flags=O") } ?? "", lines.first { $0.contains("guard-redis-events") } ?? "")
    }

    private func field(_ name: String, _ line: String) -> String {
        line.split(separator: " ").first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }

    private func expectShown(
        _ command: String,
        _ rwatch: RwatchProcess,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await eventually { rwatch.text.contains(command) }, "\(rwatch.text)", sourceLocation: location)
    }

    private func watch(_ server: RedisServer, _ target: [String]) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(["monitor"] + target)
        #expect(
            try await eventually { try links(server).monitor != "" && links(server).guardian != "" },
            "\(rwatch.notices)"
        )
        return rwatch
    }

    /// Copies all that rwatch's links show of themselves, and writes.
    private func copy(_ server: RedisServer, _ neighbour: Neighbour, _ key: String, _ rwatch: RwatchProcess)
        async throws
    {
        let (monitor, guardian) = try links(server)
        for name in [field("name", guardian), field("name", monitor)] {
            try neighbour.send("HELLO", "3", "SETNAME", name)
            try neighbour.send("CLIENT", "SETNAME", name)
        }
        try neighbour.send("CLIENT", "LIST", "ID", field("id", monitor))
        try neighbour.send("SET", key, "stolen")
        try neighbour.send("PING", key)
        try await expectShown("\"SET\" \"\(key)\" \"stolen\"\n", rwatch)
        try await expectShown("\"HELLO\" \"3\" \"SETNAME\" \"\(field("name", guardian))\"\n", rwatch)
        try await expectShown("\"CLIENT\" \"SETNAME\" \"\(field("name", guardian))\"\n", rwatch)
        try await expectShown("\"PING\" \"\(key)\"\n", rwatch)
        // That name was shown as often as it was copied.
        let shown = rwatch.text.components(separatedBy: "\"HELLO\" \"3\" \"SETNAME\" \"\(field("name", guardian))\"")
            .count
        #expect(shown == 2)
    }

    @Test("a copy of all names from another address hides nothing")
    func otherAddress() async throws {
        try await withRedisServer { server in
            let rwatch = try await watch(server, ["-h", "127.0.0.1", "-p", "\(server.port)"])
            try await copy(server, try Neighbour(port: server.port), "k", rwatch)
            rwatch.signal(SIGTERM)
            _ = try await rwatch.status()
        }
    }

    @Test("on a unix socket, where all addresses are alike, neither")
    func unixSocket() async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { server in
            let path = try #require(server.socketPath)
            let rwatch = try await watch(server, ["-s", path])
            try await copy(server, try Neighbour(path: path), "k", rwatch)
            rwatch.signal(SIGTERM)
            _ = try await rwatch.status()
        }
    }

    @Test("behind a proxy, where the server sees other addresses, neither")
    func proxy() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let rwatch = try await watch(server, ["-h", "127.0.0.1", "-p", "\(proxy.port)"])
                try await copy(server, try Neighbour(port: proxy.port), "k", rwatch)
                rwatch.signal(SIGTERM)
                _ = try await rwatch.status()
            }
        }
    }

    /// The same address and port lead to another of the server's addresses.
    @Test("nor does one that has the address and the port of a link of rwatch", .enabled(if: Neighbour.canChoosePort))
    func sameAddress() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--bind", "0.0.0.0", "--protected-mode", "no"])) {
            server in
            let rwatch = try await watch(server, ["-h", "127.0.0.1", "-p", "\(server.port)"])
            let (monitor, guardian) = try links(server)
            for (line, key) in [(guardian, "of-guard"), (monitor, "of-monitor")] {
                let address = field("addr", line)
                let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
                let neighbour = try Neighbour(host: "127.0.0.2", port: server.port, from: port)
                try neighbour.send("SET", key, "stolen")
                try await expectShown("[0 \(address)] \"SET\" \"\(key)\" \"stolen\"\n", rwatch)
                try neighbour.send("CLIENT", "LIST")
            }
            rwatch.signal(SIGTERM)
            _ = try await rwatch.status()
        }
    }
}

/// A client of plain sockets, which chooses where it connects from.
private final class Neighbour {
    private let descriptor: Int32
    /// Linux 6.3: which ports a connect may take.
    private static let portRange: Int32 = 51

    static var canChoosePort: Bool {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        return choose(40_000, for: probe)
    }

    private static func choose(_ port: UInt16, for descriptor: Int32) -> Bool {
        var range = UInt32(port) << 16 | UInt32(port)
        return unsafe setsockopt(descriptor, Int32(IPPROTO_IP), portRange, &range, socklen_t(4)) == 0
    }

    init(host: String = "127.0.0.1", port: Int, from source: UInt16? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if let source { try #require(Self.choose(source, for: descriptor)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = unsafe inet_addr(host)
        let descriptor = descriptor
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0, "\(errno)")
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let descriptor = descriptor
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0, "\(errno)")
    }

    deinit { close(descriptor) }

    /// Sends a command and waits until something is answered.
    func send(_ arguments: String...) throws {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { bytes += "$\(argument.utf8.count)\r\n\(argument)\r\n".utf8 }
        try #require(unsafe Glibc.send(descriptor, bytes, bytes.count, 0) == bytes.count)
        var reply = [UInt8](repeating: 0, count: 1 << 16)
        try #require(unsafe recv(descriptor, &reply, reply.count, 0) > 0)
    }
}
