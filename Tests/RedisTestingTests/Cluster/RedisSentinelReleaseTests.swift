import RedisTesting
import TestSupport
import Testing

@Suite("A real group of Sentinels of a release", .tags(.cluster, .soak), .serialized)
struct RedisSentinelReleaseTests {
    @Test(.timeLimit(.minutes(1)), arguments: ServerRelease.forGroups)
    func `starts, with passwords of its own for servers and Sentinels, and fails over by command`(
        _ release: ServerRelease
    ) async throws {
        let options = RedisSentinelOptions(
            primaryName: "orders",
            executable: release.executable,
            password: "of servers",
            sentinelPassword: "of Sentinels"
        )
        try await withRedisSentinels(options) { group in
            let addresses = group.sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
            #expect(group.url == "redis+sentinel://:of%20servers@\(addresses)/orders")
            #expect(group.sentinels.count == 3)
            #expect(try group.primary() === group.servers[0])
            #expect(try group.replicas().map(\.port) == group.servers[1...].map(\.port))
            for sentinel in group.sentinels {
                #expect(try sentinel.command("SENTINEL", "CKQUORUM", "orders").hasPrefix("OK 3 usable Sentinels."))
            }
            let new = try await group.perform { try $0.failOver() }
            #expect(new !== group.servers[0])
            #expect(try group.primary() === new)
            #expect(try new.command("ROLE").hasPrefix("master\n"))
            for sentinel in group.sentinels {
                let reply = try sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "orders")
                #expect(reply == "127.0.0.1\n\(new.port)")
            }
        }
    }
}
