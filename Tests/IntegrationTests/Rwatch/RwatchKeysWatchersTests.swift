import Foundation
import RedisTesting
import TestSupport
import Testing

@Suite("Several rwatch keys at one server", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchKeysWatchersTests {
    @Test("the first to end does not blind the other, nor does anybody's CONFIG SET: that is told, with a gap")
    func two() async throws {
        try await withRedisServer { server in
            let arguments = ["keys", "-q", "--enable", "--json", "--events", "set", "-p", "\(server.port)"]
            let first = try RwatchProcess(arguments)
            #expect(try await eventually { first.notices.contains("set notify-keyspace-events to \"$E\"") })
            let ready = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path
            let second = try RwatchProcess(arguments + ["-C", "2", "--ready-file", ready])
            #expect(
                try await eventually {
                    try server.command("CLIENT", "LIST", "TYPE", "pubsub").split(separator: "\n").count == 2
                }
            )
            #expect(
                try await eventually { try server.command("CLIENT", "LIST").split(separator: "keywatch").count == 3 }
            )
            // What is changed before it watches is no gap.
            #expect(try await eventually { FileManager.default.fileExists(atPath: ready) })
            first.signal(SIGINT)
            #expect(try await first.status() == 128 + SIGINT)
            #expect(first.notices.hasSuffix("left notify-keyspace-events at \"$E\": other watchers need it\n"))
            try server.command("SET", "k", "1")
            #expect(try await eventually { second.lines.count == 1 })
            try server.command("CONFIG", "SET", "notify-keyspace-events", "")
            #expect(try await eventually { second.lines.count == 2 })
            try server.command("SET", "k", "2")
            #expect(try await second.status() == 0)
            let kinds = second.lines.map { $0.split(separator: "\"").dropFirst(5).first ?? "" }
            #expect(kinds == ["key", "gap", "key"])
            #expect(second.lines[1].contains("\"cause\":\"notificationsOff\""))
            let notices = second.notices.replacing(#/gap of [0-9.]+ m?s/#, with: "gap")
            #expect(
                notices == """
                    rwatch: set notify-keyspace-events to "$E"; the previous value is restored at the end
                    rwatch: gap: notify-keyspace-events was changed to "", without $E
                    rwatch: restored notify-keyspace-events to ""

                    """
            )
            #expect(try server.notifyFlags == "")
        }
    }
}
