import RedisTesting
import TestSupport
import Testing

@Suite("A server's release", .tags(.server))
struct ServerReleaseTests {
    @Test(arguments: [
        ("7.0.15", ServerVersion(7, 0, 15)), ("7.2", ServerVersion(7, 2)), ("9", ServerVersion(9)),
        ("", nil), ("7.", nil), ("7.0.-1", nil), ("1.2.3.4", nil), ("unstable", nil),
    ])
    func `has a version that is numbers`(_ text: String, _ version: ServerVersion?) {
        #expect(ServerVersion(text) == version)
    }

    @Test
    func `versions compare by their numbers`() {
        let sorted = [ServerVersion(6, 2, 14), ServerVersion(7, 0, 9), ServerVersion(7, 0, 15), ServerVersion(10)]
        #expect(sorted.reversed().sorted() == sorted)
        #expect(ServerVersion(7, 0, 15).description == "7.0.15")
    }

    @Test
    func `is read from a manifest, those that are missing too`() {
        let manifest = """
            Redis\t5.0.6\tready\t/with blank/redis-server
            Valkey\t9.1.2\tmissing\tpip could not get it: no network
            Redis\tinstalled\tmissing\tno redis-server is installed
            KeyDB\t6.3.4\tready\t/usr/bin/keydb-server
            Redis\t7.0.0\tperhaps\t/usr/bin/redis-server
            nonsense

            """
        let releases = ServerRelease.parse(manifest)
        #expect(releases.map(\.name) == ["Redis 5.0.6", "Valkey 9.1.2", "Redis of unknown version"])
        #expect(releases.map(\.executable) == ["/with blank/redis-server", nil, nil])
        #expect(
            releases.map(\.missingReason).dropFirst() == [
                "pip could not get it: no network", "no redis-server is installed",
            ]
        )
        let error = #expect(throws: RedisTestingError.self) { try releases[1].options() }
        #expect(error?.code == .executableNotFound)
        #expect(error?.message == "Valkey 9.1.2 is not available: pip could not get it: no network")
    }

    @Test
    func `of Valkey has all of Redis 7.2`() {
        func release(_ product: ServerRelease.Product, _ version: ServerVersion?) -> ServerRelease {
            ServerRelease(product: product, version: version, availability: .missing(reason: ""))
        }
        let feature = ServerVersion(7, 2)
        #expect(release(.redis, ServerVersion(8, 2, 3)).isAtLeast(redis: feature))
        #expect(!release(.redis, ServerVersion(7, 0, 15)).isAtLeast(redis: feature))
        #expect(release(.valkey, ServerVersion(8, 1, 8)).isAtLeast(redis: feature))
        #expect(!release(.valkey, ServerVersion(8, 1, 8)).isAtLeast(redis: nil, valkey: ServerVersion(9)))
        #expect(!release(.redis, ServerVersion(8, 2, 3)).isAtLeast(redis: nil, valkey: ServerVersion(9)))
        #expect(!release(.redis, nil).isAtLeast(redis: ServerVersion(5)))
    }

    @Test(arguments: ServerRelease.available)
    func `that is available starts, and says so of itself`(_ release: ServerRelease) async throws {
        try await withRedisServer(release.options()) { server in
            let info = try server.command("INFO", "server").split(separator: "\r\n")
            let field = release.product == .valkey ? "valkey_version" : "redis_version"
            #expect(info.contains("\(field):\(release.version?.description ?? "")"))
        }
    }
}
