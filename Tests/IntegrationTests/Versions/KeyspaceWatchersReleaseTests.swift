import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Several watchers of keys at each release", .tags(.release), .timeLimit(.minutes(2)))
struct KeyspaceWatchersReleaseTests {
    @Test("notice what is taken away, know of each other, and the last sets it back", arguments: ServerRelease.all)
    func watchers(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            func watch(_ policy: KeyspaceEvents.NotificationPolicy) throws -> KeyspaceEvents {
                try KeyspaceEvents(server.configuration(), events: [.set], notifications: policy)
            }
            let first = try watch(.addMissing(restoring: true).checking())
            let second = try watch(.addMissing(restoring: true).checking(every: .milliseconds(300)))
            try await first.start()
            try await second.start()
            #expect(try await first.take(1) == ["enabled $E"])
            try server.command("CONFIG", "SET", "notify-keyspace-events", "")
            // Whichever sees it first.
            for keys in [first, second] {
                #expect(try await keys.take(1, skipping: ["enabled $E"]) == ["gap"])
            }
            await first.close()
            #expect(try server.notifyFlags == "$E")
            try server.command("SET", "k", "v")
            #expect(try await second.take(1) == ["0 set k"])
            await second.close()
            #expect(try server.notifyFlags == "")
        }
    }
}
