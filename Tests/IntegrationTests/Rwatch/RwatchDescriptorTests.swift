import Foundation
import RedisCore
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch with few descriptors", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchDescriptorTests {
    /// rwatch with so many descriptors.
    private func rwatch(_ limit: Int, _ arguments: [String]) throws -> RwatchProcess {
        try RwatchProcess(
            ["-c", "ulimit -n \(limit) && exec \"$0\" \"$@\"", RwatchProcess.executable.path] + arguments,
            executable: URL(fileURLWithPath: "/bin/sh")
        )
    }

    private func url(_ configuration: RedisConfiguration) -> String { "redis://\(configuration.endpoint)" }

    @Test("watches as many nodes as it can, and lives", arguments: [64, 128])
    func fewDescriptors(_ limit: Int) async throws {
        let cluster = HostileCluster(600)
        try await cluster.run { configuration in
            let rwatch = try rwatch(limit, ["monitor", "-c", "-u", url(configuration)])
            #expect(try await eventually { cluster.accepted >= limit / 4 })
            // The runtime looks after its threads once a second, and needs a descriptor for that.
            #expect(try await !eventually(within: .milliseconds(2500)) { !rwatch.isRunning })
            #expect(cluster.mostOpen <= limit - limit / 4)
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 143)
        }
    }

    @Test("says why where there are too few to begin with", arguments: ["monitor", "sub"])
    func tooFew(_ command: String) async throws {
        let reasons = ["no file descriptor or thread is available for the output", "Too many open files"]
        for limit in [8, 12, 16, 20, 24] {
            let rwatch = try rwatch(limit, [command, "-p", "1"] + (command == "sub" ? ["a"] : []))
            #expect(try await rwatch.status() == 69, "\(limit)")
            #expect(reasons.contains { rwatch.notices.contains($0) }, "\(limit): \(rwatch.notices)")
        }
    }
}
