import RedisTesting
import TestSupport
import Testing

@Suite("A real group of Sentinels", .tags(.cluster, .once), .serialized)
struct RedisSentinelGroupTests {
    @Test(.timeLimit(.minutes(1)))
    func `replaces a primary that crashed, and makes it a replica when it returns`() async throws {
        try await withRedisSentinels { group in
            let killed = try group.killPrimary()
            #expect(killed === group.servers[0])
            #expect(!killed.isRunning)
            let clock = ContinuousClock()
            let crash = clock.now
            let new = try await group.perform { try $0.waitForFailover(from: killed) }
            #expect(clock.now - crash < .seconds(10))
            #expect(new !== killed)
            try await killed.restart()
            try await group.perform { try $0.waitUntilReady() }
            #expect(try killed.command("ROLE").hasPrefix("slave\n127.0.0.1\n\(new.port)\nconnected\n"))
            #expect(try group.primary() === new)
            #expect(try group.replicas().count == 2)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `has a Sentinel return with what it knew, and leaves nothing at its end`() async throws {
        let group = try await RedisSentinelGroup.start(RedisSentinelOptions(replicas: 1))
        let sentinel = group.sentinels[0]
        let id = try sentinel.command("SENTINEL", "MYID")
        sentinel.kill()
        try await sentinel.restart()
        #expect(try sentinel.command("SENTINEL", "MYID") == id)
        try await group.perform { try $0.waitUntilReady() }

        let all = group.servers + group.sentinels
        #expect(all.count == 5)
        let processes = all.flatMap { [$0.processID, $0.guardProcessID] }
        group.stop()
        #expect(processes.map { ProcessStatus.of($0) }.allSatisfy { $0 == .absent })
        #expect(all.count { FileSystem.exists($0.directory) } == 0)
    }
}
