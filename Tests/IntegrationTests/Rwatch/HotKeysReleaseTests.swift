import Foundation
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch top and HOTKEYS", .tags(.release, .timing), .timeLimit(.minutes(2)))
struct HotKeysReleaseTests {
    @Test("shows the hot keys of a server that collects them, and none of another one", arguments: ServerRelease.all)
    func keys(_ release: ServerRelease) async throws {
        let hasHotKeys = release.isAtLeast(redis: ServerVersion(8, 6), valkey: ServerVersion(1000))
        try await withRelease(release) { server in
            if hasHotKeys {
                try server.command("HOTKEYS", "START", "METRICS", "2", "CPU", "NET")
                for _ in 0..<20 { try server.command("SET", "user:1", "Zoë") }
                try server.command("GET", "user:2")
            }
            let top = try RwatchProcess(["top", "--json", "--iterations", "1", "-i", "250ms", "-p", "\(server.port)"])
            #expect(try await top.status() == 0, "\(top.notices)")
            let line = try #require(top.lines.last)
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let rows = try #require((object["keys"] as? [String: Any])?["rows"] as? [[String: Any]])
            #expect(Set(rows.compactMap { $0["name"] as? String }) == (hasHotKeys ? ["user:1", "user:2"] : []))
            let hot = hasHotKeys ? try server.command("HOTKEYS", "GET") : ""
            for row in rows {
                // As the server itself says it: the name, and behind it the number.
                let name = try #require(row["name"] as? String)
                for figure in ["cpu_us", "bytes"] {
                    let value = try #require(row[figure] as? Int)
                    #expect(hot.contains("\(name)\n\(value)"), "\(figure) of \(name): \(value)")
                }
            }
        }
    }
}
