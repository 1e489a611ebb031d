import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("Values on a cluster", .tags(.cluster), .timeLimit(.minutes(2)))
struct ValueClusterTests {
    @Test("are found wherever their slots are, and changed in one step there")
    func values() async throws {
        try await withRedisCluster(RedisClusterOptions(replicasPerPrimary: 0)) { cluster in
            let client = try RedisClient(cluster.configuration())
            let values = RedisValueStore(client, coder: .cbor)
            let keys = (0..<30).map { "k:\($0)" }
            for (index, key) in keys.enumerated() { try await values.set(index, for: key) }
            #expect(try await values.values(Int.self, for: keys) == Array(0..<30))
            for key in keys { try await values.update(Int.self, for: key) { ($0 ?? 0) + 1 } }
            #expect(try await values.pop(Int.self, for: keys[7]) == 8)
            #expect(try await values.remove(keys[1], keys[2], keys[3], keys[7]) == 3)

            for index in 0..<30 {
                #expect(try await client.setMax(index, for: "max:\(index)").isChanged)
                #expect(try await client.setMax(bytes: "b", for: "bytes:\(index)").isChanged)
                let hash = RedisHash("h:\(index)", client)
                try await hash.set(["x": index], mode: .replace, expiry: .after(.seconds(60)))
            }
            let fields = try await client.hashField("x", matching: "h:*").dictionary()
            #expect(fields.count == 30)
            #expect(fields["h:29"] == "29")
            await client.close()
        }
    }
}

extension RedisCluster {
    /// A configuration that reaches this cluster.
    func configuration() throws -> RedisConfiguration { try RedisConfiguration(url: url) }
}
