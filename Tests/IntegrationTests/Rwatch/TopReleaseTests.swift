import Foundation
import RedisTesting
import TestSupport
import Testing

/// What servers count themselves, and what `rwatch top` makes of it.
@Suite("rwatch top at each release", .tags(.release), .timeLimit(.minutes(3)))
struct TopReleaseTests {
    private func rows(_ top: RwatchProcess, _ table: String) throws -> [[String: Any]] {
        guard let line = top.lines.last else { return [] }
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return (object?[table] as? [String: Any])?["rows"] as? [[String: Any]] ?? []
    }

    @Test(
        "counts commands, names the release, and knows what clients send where the server does",
        arguments: ServerRelease.all
    )
    func figures(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let top = try RwatchProcess(["top", "--json", "-i", "250ms", "-p", "\(server.port)"])
            #expect(try await eventually { !top.lines.isEmpty }, "\(top.notices)")
            for index in 0..<20 { try server.command("SET", "k\(index)", "v") }
            #expect(
                try await eventually {
                    try rows(top, "commands").contains { $0["name"] as? String == "set" && $0["count"] as? Int == 20 }
                }
            )
            let version = try #require(rows(top, "nodes").first?["version"] as? String)
            #expect(version.hasPrefix("redis ") || version.hasPrefix("valkey "), "\(version)")
            let own = try #require(try rows(top, "clients").first)
            #expect((own["count"] != nil) == release.isAtLeast(redis: ServerVersion(8), valkey: ServerVersion(8)))
            #expect(try !server.command("INFO", "commandstats").contains("cmdstat_monitor"))
            top.signal(SIGTERM)
            #expect(try await top.status() == 128 + SIGTERM)
        }
    }

    @Test("shows what HOTKEYS tells, where there is one", arguments: ServerRelease.all)
    func hotKeys(_ release: ServerRelease) async throws {
        guard release.isAtLeast(redis: ServerVersion(8, 6), valkey: ServerVersion(99)) else { return }
        try await withRelease(release) { server in
            try server.command("HOTKEYS", "START", "METRICS", "2", "CPU", "NET")
            let top = try RwatchProcess(["top", "--json", "-i", "250ms", "-p", "\(server.port)"])
            for _ in 0..<20 { try server.command("SET", "hot", "v") }
            #expect(
                try await eventually {
                    try rows(top, "keys").contains { $0["name"] as? String == "hot" && $0["bytes"] as? Int ?? 0 > 0 }
                }
            )
            top.signal(SIGTERM)
            #expect(try await top.status() == 128 + SIGTERM)
        }
    }
}
