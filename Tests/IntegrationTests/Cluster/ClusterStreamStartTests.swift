import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("How the watch of a cluster begins and ends", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(2)))
struct ClusterStreamStartTests {
    @Test("a node that refuses, or lacks flags, fails the start by its name")
    func refusals() async throws {
        try await withRedisCluster { cluster in
            let nodes = cluster.nodes
            for node in nodes {
                let rights = node == nodes[1] ? ["+@all", "-monitor"] : ["+@all", "-client|list"]
                let user = ["ACL", "SETUSER", "watcher", "on", "nopass", "~*", "&*"] + rights
                try node.server.command(user.map { Array($0.utf8) })
            }
            var configuration = try cluster.watched()
            configuration.credentials = RedisCredentials(username: "watcher", password: "")
            let monitor = try Monitor(configuration)
            let refusal = await #expect(throws: RedisError.self) { try await monitor.start() }
            #expect(refusal?.code == .notPermitted)
            #expect(refusal?.endpoint == nodes[1].server.endpoint)
            #expect(try await eventually { try nodes[0].monitorCount == 0 && nodes[2].monitorCount == 0 })
            // It may be started again.
            try nodes[1].command("ACL", "SETUSER", "watcher", "+monitor", "-client|list")
            try await monitor.start()
            // What cannot be guarded names its node.
            var unguarded: Set<RedisEndpoint> = []
            for try await event in monitor.events {
                if case .unguarded = event { event.node.map { _ = unguarded.insert($0) } }
                if unguarded.count == 3 { break }
            }
            #expect(unguarded == Set(nodes[..<3].map(\.server.endpoint)))
            await monitor.close()

            try nodes[0].command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            try nodes[1].command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            let keys = try KeyspaceEvents(cluster.watched(), events: [.set])
            let off = await #expect(throws: RedisError.self) { try await keys.start() }
            #expect(off?.code == .notificationsOff)
            #expect(off?.endpoint == nodes[2].server.endpoint)
            try nodes[2].command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            try await keys.start()
            for node in nodes[..<3] { try node.command("SET", cluster.name(onNode: node), "x") }
            #expect(try await keys.take(3).count == 3)
            await keys.close()

            for node in nodes { cluster.kill(node) }
            let away = try Monitor(cluster.watched())
            let error = await #expect(throws: RedisError.self) { try await away.start() }
            #expect(error?.code == .connectFailed)
            await away.close()
        }
    }

    @Test("a primary that is down at the start is told, and watched with a gap when it comes")
    func downAtStart() async throws {
        let arguments = ["--cluster-require-full-coverage", "no"]
        try await withRedisCluster(RedisClusterOptions(replicasPerPrimary: 0, arguments: arguments)) { cluster in
            let nodes = cluster.nodes
            let absent = nodes[1].server.endpoint
            cluster.kill(nodes[1])
            let monitor = try Monitor(cluster.watched(seeds: [nodes[0], nodes[2]]))
            try await monitor.start()
            guard case .event(.link(.lost(let cause, at: _))) = try await monitor.next() else {
                return #expect(Bool(false), "no word of it")
            }
            #expect(cause.node == absent)
            try nodes[0].command("SET", cluster.name(onNode: nodes[0]), "x")
            let name = cluster.name(inSlot: 8000)
            try await cluster.perform { try $0.restart(nodes[1]) }
            var found: [String] = []
            for try await event in monitor.events {
                switch event {
                case .command(let command) where command.name == "SET":
                    found.append("set \(command.node == nodes[0].server.endpoint ? "here" : "there")")
                case .link(.restored(after: _, at: let node)):
                    #expect(node == absent)
                    found.append("restored")
                case .gap(let gap):
                    #expect(gap.cause.node == absent && gap.isComplete)
                    found.append("gap")
                    try await cluster.perform { cluster in
                        try cluster.waitUntilReady()
                        try nodes[1].command("SET", name, "x")
                    }
                default: break
                }
                if found.count == 4 { break }
            }
            // What waits for its place among the lines of others does not hold up what is told of a link.
            #expect(found.filter { $0 != "set here" } == ["restored", "gap", "set there"])
            #expect(found.contains("set here"))
            await monitor.close()
        }
    }

    @Test("a close leaves nothing, also one in the middle of the start")
    func leavesNothing() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            func round(_ number: Int) async throws {
                let monitor = try Monitor(cluster.watched())
                let keys = try KeyspaceEvents(cluster.watched(), notifications: .addMissing(restoring: true))
                let starting = Task {
                    try await monitor.start()
                    try await keys.start()
                }
                if number % 2 == 0 { try await starting.joined }
                if number % 4 == 1 { try await Task.sleep(for: .milliseconds(number)) }
                await keys.close()
                await monitor.close()
                if case .failure(let error) = await starting.joinedResult {
                    #expect((error as? RedisError)?.code == .closed)
                }
            }
            for number in 0..<8 { try await round(number) }
            let descriptors = ResourceCount.openFileDescriptors()
            let threads = ResourceCount.threads()
            for number in 0..<24 { try await round(number) }
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
            #expect(try await eventually { ResourceCount.threads() <= threads })
            for node in cluster.nodes {
                #expect(try await eventually { try node.server.info("clients", "connected_clients") == 1 })
                #expect(try node.notifyFlags == "")
            }
            // Letting go is a close.
            do {
                let monitor = try Monitor(cluster.watched())
                try await monitor.start()
            }
            #expect(try await eventually { try cluster.nodes.allSatisfy { try $0.monitorCount == 0 } })
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
        }
    }

    @Test("a reader that is too slow ends the whole stream, when the policy is to fail")
    func tooSlow() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            let monitor = try Monitor(cluster.watched(), buffer: RedisBufferLimit(events: 10), overflow: .fail)
            try await monitor.start()
            for index in 0..<60 {
                let node = cluster.nodes[index % 3]
                try node.command("SET", cluster.name(onNode: node), "x")
            }
            #expect(try await eventually { try cluster.nodes.allSatisfy { try $0.monitorCount == 0 } })
            var count = 0
            let error = await #expect(throws: RedisError.self) {
                for try await event in monitor.events { count += event.command == nil ? 0 : 1 }
            }
            #expect(error?.code == .consumerTooSlow)
            #expect(count == 10)
            await monitor.close()
        }
    }

    @Test("lines, suspend, cut, drain, and replicas instead of primaries")
    func ways() async throws {
        try await withRedisCluster { cluster in
            let nodes = cluster.nodes
            let primaries = Set(nodes[..<3].map(\.server.endpoint))
            func setAll() throws {
                for node in nodes[..<3] { try node.command("SET", cluster.name(onNode: node), "x") }
            }
            func lines(_ monitor: Monitor) async throws -> Set<RedisEndpoint> {
                var found: Set<RedisEndpoint> = []
                for try await event in monitor.events {
                    if case .line(let line) = event, line.description.contains("\"SET\"") {
                        line.node.map { _ = found.insert($0) }
                    }
                    if found.count == 3 { break }
                }
                return found
            }
            func gaps(_ monitor: Monitor) async throws -> [RedisGap] {
                var found: [RedisGap] = []
                for try await event in monitor.events {
                    if case .gap(let gap) = event { found.append(gap) }
                    if found.count == 3 { break }
                }
                return found
            }
            let monitor = try Monitor(cluster.watched(), form: .lines)
            try await monitor.start()
            try setAll()
            #expect(try await lines(monitor) == primaries)
            await monitor.suspend()
            #expect(try await eventually { try nodes.allSatisfy { try $0.monitorCount == 0 } })
            await monitor.resume()
            let suspended = try await gaps(monitor)
            #expect(suspended.map(\.cause.reason) == [.suspended, .suspended, .suspended])
            #expect(Set(suspended.compactMap(\.cause.node)) == primaries)
            await monitor.cut()
            #expect(try await Set(gaps(monitor).compactMap(\.cause.node)) == primaries)
            await monitor.close()

            // What is held for its order is delivered, too.
            var patient = try cluster.watched()
            patient.cluster?.reorderWindow = .seconds(3600)
            let held = try Monitor(patient, form: .lines)
            try await held.start()
            try nodes[0].command("SET", cluster.name(onNode: nodes[0]), "x")
            #expect(
                try await eventually { try nodes[0].command("INFO", "commandstats").contains("cmdstat_set:calls=2") }
            )
            let draining = Task { await held.drain() }
            var count = 0
            for try await event in held.events {
                if case .line(let line) = event { count += line.description.contains("\"SET\"") ? 1 : 0 }
            }
            #expect(await draining.joined)
            #expect(count == 1)

            try await cluster.perform { try $0.waitUntilReplicasServe() }
            var configuration = try cluster.watched()
            configuration.cluster?.nodes = .replica
            let replicas = try Monitor(configuration, form: .lines)
            try await replicas.start()
            #expect(try nodes.map { try $0.monitorCount } == [0, 0, 0, 1, 1, 1])
            try setAll()
            #expect(try await lines(replicas) == Set(nodes[3...].map(\.server.endpoint)))
            let thread = try Monitor(configuration)
            let collector = Collector()
            let listener = try thread.runInThread(onEvent: { event in
                if event.command?.name == "SET" { collector.add(event.node.map { "\($0)" } ?? "") }
            })
            #expect(try await eventually { try nodes.map { try $0.monitorCount } == [0, 0, 0, 2, 2, 2] })
            // The stream begins a moment after the last server has consented.
            #expect(
                try await eventually {
                    try setAll()
                    return Set(collector.all).count == 3
                }
            )
            listener.stop()
            try listener.join()
            await replicas.close()
        }
    }
}
