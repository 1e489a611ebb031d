import Foundation
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

/// A process of redis-py itself, of the version that Tools/bench compares with. Without Python, pip or PyPI the tests
/// are skipped, and the output says why.
@Suite(
    "This library and redis-py",
    .tags(.server, .slow, .once),
    .enabled(if: RedisPyPeer.isAvailable, "redis-py cannot be had here"),
    .timeLimit(.minutes(3))
)
struct RedisPyTests {
    @Test("and a lock of redis-py exclude each other, with the same key")
    func locks() async throws {
        try await withClient { server, client in
            let peer = try RedisPyPeer(server)
            let lock = try RedisLock("l", on: client)
            #expect(try await peer.ask("acquire 0") == "True")
            #expect(try await lock.tryLock() == nil)
            let waiting = Task { try await lock.lock(timeout: .seconds(20)) }
            #expect(try await peer.ask("owned") == "True")
            #expect(try await peer.ask("release") == "True")
            let lease = try await waiting.joined
            #expect(lease.isValid)
            #expect(try await peer.ask("acquire 0.05") == "False")
            #expect(try await peer.ask("owned") == "False")
            #expect(try await peer.ask("release") == "LockError")
            #expect(lease.isValid)
            try await lease.release()
            #expect(try await peer.ask("acquire 5") == "True")
            // Its owner is told that somebody else took it.
            try server.command("DEL", "l")
            let next = try await lock.lock(timeout: .seconds(5))
            #expect(try await peer.ask("release") == "LockNotOwnedError")
            #expect(next.isValid)
            try await next.release()
        }
    }

    @Test("and redis-py share a queue, in both directions")
    func queues() async throws {
        try await withClient { server, client in
            let peer = try RedisPyPeer(server)
            let queue = MessageQueue("q", on: client)
            #expect(try await peer.ask("put hello") == "1")
            #expect(try await queue.get(timeout: .seconds(5)) == "hello")
            let waiting = Task { try await queue.get(timeout: .seconds(20)) }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            #expect(try await peer.ask("put woken") == "1")
            #expect(try await waiting.joined == "woken")
            try await queue.put(["a", "b"])
            #expect(try await peer.ask("get 5") == "a")
            #expect(try await peer.ask("get 5") == "b")
            #expect(try await peer.ask("get 0.1") == "None")
        }
    }
}

/// A process of redis-py.
private final class RedisPyPeer {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let packages = root.appendingPathComponent(".build/redis-py").path

    /// Whether redis-py lies in the build folder, where this installs it, with pinned sums, if it can.
    static let isAvailable: Bool = {
        let script = """
            . Tools/lib/packages.sh
            requirements=Tools/bench/peers/redis_py.requirements
            has_pip || { echo "no pip"; exit 1; }
            has_python_packages "$requirements" "$1" && exit 0
            install_python_packages "$requirements" "$1" || { cat "$1/problem"; exit 1; }
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.currentDirectoryURL = root
        process.arguments = ["-c", script, "bash", packages]
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private let process: WorkerProcess
    private var asked = 0

    init(_ server: RedisServer) throws {
        let script = Self.root.appendingPathComponent("Tests/RedisPyPeer/peer.py").path
        let arguments = ["python3", script, "\(server.port)"]
        process = try WorkerProcess("/usr/bin/env", arguments, environment: ["PYTHONPATH": Self.packages])
    }

    /// Tells it something, and returns its answer.
    func ask(_ line: String) async throws -> String {
        try process.tell(line)
        asked += 1
        #expect(try await eventually(within: .seconds(30)) { self.process.lines.count >= self.asked })
        return process.lines.last.map { String($0) } ?? ""
    }
}
