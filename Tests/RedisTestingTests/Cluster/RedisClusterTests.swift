import RedisTesting
import TestSupport
import Testing

@Suite("A real cluster", .tags(.cluster, .once), .serialized)
struct RedisClusterTests {
    @Test(.timeLimit(.minutes(1)))
    func `moves a slot step by step, with every key in it, whatever its bytes`() async throws {
        try await withRedisCluster(RedisClusterOptions(password: "s3cret &")) { cluster in
            let (source, target) = (cluster.nodes[0], cluster.nodes[1])
            #expect(cluster.url.hasPrefix("redis+cluster://:s3cret%20%26@127.0.0.1:"))
            let tag = cluster.name(inSlot: 7, prefix: "")
            let keys =
                [bytes("{\(tag)}\r\n"), bytes("{\(tag)}") + [0, 255]] + (0..<250).map { bytes("{\(tag)}\($0)") }
            for key in keys { try source.server.command([bytes("SET"), key, key]) }
            try cluster.beginMove(7, to: target)
            #expect(try cluster.primary(ofSlot: 7) == source)
            #expect(refusal(by: source, "GET", "{\(tag)}none") == "ASK 7 \(target.address)")
            #expect(try cluster.moveKeys(7, to: target) == 252)
            #expect(refusal(by: target, "GET", "{\(tag)}0") == "MOVED 7 \(source.address)")
            try cluster.finishMove(7, to: target)
            #expect(refusal(by: source, "GET", "{\(tag)}0") == "MOVED 7 \(target.address)")
            #expect(cluster.node(onPort: target.port) == target)
            #expect(try target.command("CLUSTER", "COUNTKEYSINSLOT", "7") == "252")
            for key in keys[..<2] { #expect(try target.server.command([bytes("STRLEN"), key]) == "\(key.count)") }
            try cluster.moveSlot(7, to: target)  // nothing to do
            #expect(try cluster.primary(of: tag) == target)
        }
    }

    /// The words with which a node refuses a command.
    private func refusal(by node: RedisClusterNode, _ arguments: String...) -> String? {
        do throws(RedisTestingError) {
            try node.server.command(arguments.map(bytes))
            return nil
        } catch {
            return error.message
        }
    }
}
