import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The setting for events of keys over a cluster", .tags(.cluster), .timeLimit(.minutes(2)))
struct ClusterKeyspaceSettingTests {
    @Test("is looked after on each primary: told, set again, with a gap of that node, and set back by the last watcher")
    func takenAway() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            let policy = KeyspaceEvents.NotificationPolicy.addMissing(restoring: true).checking()
            let keys = try KeyspaceEvents(cluster.watched(), events: [.set], notifications: policy)
            // Two that look may each be the first to see it.
            let other = try KeyspaceEvents(
                cluster.watched(),
                events: [.set],
                notifications: policy.checking(every: nil)
            )
            try await keys.start()
            try await other.start()
            _ = try await keys.take(3)
            for node in cluster.nodes {
                try node.command("CONFIG", "SET", "notify-keyspace-events", "")
                var found: Set<String> = []
                while found.count < 1, case .event(let event) = try await keys.next(timeout: .seconds(10)) {
                    #expect(event.node == node.server.endpoint)
                    if case .gap(let gap) = event { found.insert("\(gap.cause.reason) \(gap.isComplete)") }
                }
                #expect(found == ["notificationsOff true"])
                #expect(try node.notifyFlags == "$E")
            }
            await keys.close()
            for node in cluster.nodes { #expect(try node.notifyFlags == "$E") }
            await other.close()
            for node in cluster.nodes { #expect(try node.notifyFlags == "") }
        }
    }
}
