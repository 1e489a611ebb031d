import RedisTesting
import TestSupport
import Testing

@Suite("The slot of a name", .tags(.unit))
struct KeySlotTests {
    @Test(arguments: [
        ("", 0), ("123456789", 12739), ("foo", 12182), ("{foo}bar", 12182), ("bar{foo}{zap}", 12182),
        ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("{bar", 4015),
    ])
    func `is that of the text between the first braces, when there is any`(_ name: String, _ slot: Int) {
        #expect(RedisCluster.slot(name) == slot)
    }

    @Test(arguments: ["channel-", "", "a:long:prefix:", "}é"])
    func `can be chosen`(_ prefix: String) {
        let names = (0..<RedisCluster.slotCount).map { RedisCluster.name(inSlot: $0, prefix: prefix) }
        #expect(names.map { RedisCluster.slot($0) } == Array(0..<RedisCluster.slotCount))
        #expect(names.allSatisfy { $0.hasPrefix(prefix) })
        #expect(Set(names).count == RedisCluster.slotCount)
    }

    @Test(.timeLimit(.minutes(1)))
    func `is what a server says`() async throws {
        try await withRedisCluster(RedisClusterOptions(primaries: 1, replicasPerPrimary: 0)) { cluster in
            #expect(try cluster.primaries() == cluster.nodes)
            var names = ["", "foo", "{}x", "{{a}}b", "x{y}z{w}", "}{", "{", "a{b", "caf\u{e9}{\u{2603}}", "a\r\nb"].map(
                bytes
            )
            names += [[0, 255, 123, 128, 125, 7], [123, 125, 123, 1, 125]]
            names += (0..<200).map { bytes(cluster.name(inSlot: $0 * 81)) }
            for name in names {
                let slot = try cluster.nodes[0].server.command([bytes("CLUSTER"), bytes("KEYSLOT"), name])
                #expect("\(RedisCluster.slot(name))" == slot, "\(name)")
            }
        }
    }
}
