import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Which commands compare a value and change it, as the server counts them.
@Suite("Changes of a value that compare it, at each release", .tags(.release), .timeLimit(.minutes(1)))
struct CompareReleaseTests {
    @Test("use the server's own commands where it has them, and scripts elsewhere", arguments: ServerRelease.all)
    func commands(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            #expect(try await client.compareAndSet("k", nil, "0", expiry: .after(.seconds(100))))
            #expect(try await client.compareAndSet("k", "x", "1") == false)
            #expect(try await client.compareAndSet("k", "0", "1"))
            #expect(try await client.update("k") { $0 == "1" ? "2" : nil } == "2")
            guard case .after = try await client.ttl("k") else { throw TestFailure("k does not expire any more") }
            #expect(try Self.called(server).isDisjoint(with: Self.scripts) == release.hasSetIfEqual)

            try server.command("CONFIG", "RESETSTAT")
            #expect(try await client.remove("k", ifEquals: "1") == false)
            #expect(try await client.update("k") { $0 == "2" ? nil : "3" } == nil)
            #expect(try server.command("EXISTS", "k") == "0")
            let called = try Self.called(server)
            #expect(called.intersection(["delifeq", "delex"]) == release.removesIfEqual)
            #expect(called.isDisjoint(with: Self.scripts) == !release.removesIfEqual.isEmpty)
            // What it does not know is asked for once: DELIFEQ before DELEX.
            if release.removesIfEqual == ["delex"] {
                let errors = try server.command("INFO", "errorstats")
                #expect(errors.contains("errorstat_ERR:count=1\r\n"), "\(errors)")
            }

            // DELEX has an error of its own for what the others call WRONGTYPE.
            try server.command("LPUSH", "list", "a")
            let ofSet = await failure { _ = try await client.compareAndSet("list", "a", "b") }
            #expect(ofSet?.serverPrefix == "WRONGTYPE")
            let ofRemove = await failure { _ = try await client.remove("list", ifEquals: "a") }
            #expect(ofRemove?.serverPrefix == (release.removesIfEqual == ["delex"] ? "ERR" : "WRONGTYPE"))
            await client.close()
        }
    }

    private static let scripts: Set<String> = ["eval", "evalsha"]

    /// The commands that the server has executed, in small letters.
    private static func called(_ server: RedisServer) throws -> Set<String> {
        let lines = try server.command("INFO", "commandstats").split(separator: "\r\n")
        return Set(lines.compactMap { $0.dropping("cmdstat_")?.split(separator: ":").first.map(String.init) })
    }
}

extension ServerRelease {
    /// SET with IFEQ.
    fileprivate var hasSetIfEqual: Bool { isAtLeast(8, 4, valkey: ServerVersion(8, 1)) }
    /// The command that removes a key of a certain value.
    fileprivate var removesIfEqual: Set<String> {
        if product == .redis { return isAtLeast(8, 4) ? ["delex"] : [] }
        return isAtLeast(redis: nil, valkey: ServerVersion(9)) ? ["delifeq"] : []
    }
}

extension Substring {
    fileprivate func dropping(_ prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
