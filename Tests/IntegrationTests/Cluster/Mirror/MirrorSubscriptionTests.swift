import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// A mirrored subscription looks like any other.
@Suite("A mirrored subscription, from outside", .tags(.cluster), .serialized)
struct MirrorSubscriptionTests {
    @Test("tells each confirmation and each message once", arguments: [2, 3])
    func once(version: Int) async throws {
        try await withMirror(version: version) { cluster, pubsub in
            try await pubsub.subscribe("news")
            try await pubsub.psubscribe("ne*")
            #expect(try await pubsub.take(2) == ["subscribed news 1", "subscribed ne* 2"])
            let isOnTwo = try await eventually { Set(subscribers(cluster)) == [2] && subscribers(cluster).count == 2 }
            #expect(isOnTwo)
            #expect(await pubsub.states().count == 2)
            #expect(await pubsub.states().allSatisfy { $0.isWanted && $0.isConfirmed })
            #expect(pubsub.isSubscribed)
            // Equal messages are messages of their own.
            for text in ["a", "b", "b", "b", "c"] { try cluster.nodes[2].command("PUBLISH", "news", text) }
            var texts: [String: [String]] = [:]
            for _ in 0..<10 {
                let message = try #require(try await pubsub.nextMessage())
                texts["\(message.kind)", default: []].append(message.text ?? "")
                #expect(message.node != nil)
            }
            #expect(texts == ["message": ["a", "b", "b", "b", "c"], "pmessage": ["a", "b", "b", "b", "c"]])
            try await pubsub.ping()
            let results = try await pubsub.unsubscribe("news")
            #expect(results.allSatisfy { $0.error == nil })
            try await pubsub.punsubscribe()
            let last = try await pubsub.take(2)
            #expect(last.map { $0.prefix(15) } == ["unsubscribed ne", "unsubscribed ne"])
            #expect(!pubsub.isSubscribed)
            #expect(await pubsub.states().isEmpty)
            #expect(try await eventually { Set(subscribers(cluster)).isSubset(of: [0]) })
            await pubsub.close()
        }
    }

    @Test("serves handlers and dedicated subscriptions")
    func takers() async throws {
        try await withMirror(version: 3) { cluster, pubsub in
            let collector = Collector()
            try await pubsub.subscribe("handled") { collector.add($0.text ?? "") }
            let own = try await pubsub.subscription(to: "own")
            let reading = Task { try await pubsub.run() }
            try cluster.nodes[3].command("PUBLISH", "handled", "1")
            try cluster.nodes[4].command("PUBLISH", "own", "2")
            #expect(try await eventually { collector.all == ["1"] })
            var heard: [String] = []
            for try await event in own.events {
                heard.append(words(event))
                if event.message != nil { break }
            }
            #expect(heard.count == 2)
            #expect(heard.first == "subscribed own 2")
            #expect(heard.last?.hasPrefix("message own") == true)
            await own.close()
            #expect(await pubsub.states().map(\.name) == ["handled"])
            await pubsub.close()
            try? await reading.joined
        }
    }

    @Test("is refused once, and only when both nodes refuse")
    func refused() async throws {
        try await withMirror(version: 3) { cluster, pubsub in
            for node in cluster.nodes {
                try node.command("ACL", "SETUSER", "default", "resetchannels", "&allowed")
            }
            let results = try await pubsub.subscribe(.channel, ["allowed", "forbidden"])
            #expect(results.map { $0.error?.code } == [nil, .notPermitted])
            try cluster.nodes[1].command("PUBLISH", "allowed", "1")
            let events = try await pubsub.take(3)
            #expect(Set(events.prefix(2)) == ["subscribed allowed 1", "refused forbidden notPermitted"])
            #expect(events[2].hasPrefix("message allowed"))
            #expect(await pubsub.states().map(\.name) == ["allowed"])
            await pubsub.close()
        }
    }

    @Test("has a gap where both links have left out equal messages after both were lost")
    func equalMessages() async throws {
        try await withMirror(version: 3) { cluster, pubsub in
            try await pubsub.subscribe("news")
            #expect(try await eventually(within: .seconds(30)) { await pubsub.isMirrored() })
            let heard = Locked<[PubSub.Event]>([])
            let reading = Task { for try await event in pubsub.events { heard.withLock { $0.append(event) } } }
            func messages() -> Int { heard.withLock { $0.count { $0.message != nil } } }
            func gaps() -> [RedisGap] {
                heard.withLock { $0.compactMap { if case .gap(let gap) = $0 { gap } else { nil } } }
            }
            for _ in 0..<20 { try cluster.nodes[4].command("PUBLISH", "news", "x") }
            #expect(try await eventually { messages() == 20 })
            await pubsub.cut()
            #expect(try await eventually { gaps().contains { $0.isComplete } })
            for _ in 0..<20 { try cluster.nodes[4].command("PUBLISH", "news", "x") }
            // Which nodes the links go to is drawn: each message is told, or a gap that tells of it.
            #expect(
                try await eventually(within: .seconds(20)) {
                    messages() == 40 || gaps().contains { $0.cause.reason == .unproven && $0.names.count == 1 }
                }
            )
            await pubsub.close()
            try await reading.joined
        }
    }

    @Test("has a gap where it is ended and begun anew, and one node is late to end it")
    func lateEnd() async throws {
        let topology = ScriptedTopology()
        let isHeld = Locked(true)
        let prompt = ScriptedShard(topology)
        let late = ScriptedShard(topology) { words, _ in
            if words[0] == "UNSUBSCRIBE" { _ = eventuallyBlocking(within: .seconds(30)) { !isHeld.withLock { $0 } } }
            return ScriptedShard.confirmation(words)
        }
        func publish(_ text: String, _ nodes: [ScriptedShard]) throws {
            for node in nodes { try node.push(ScriptedShard.message("news", text, kind: "message")) }
        }
        try await prompt.run {
            try await late.run {
                topology.set([(0...8191, prompt.port), (8192...16383, late.port)])
                var configuration = clusterConfiguration(prompt)
                configuration.cluster?.mirrorsChannels = true
                configuration.cluster?.mirrorWindow = .milliseconds(500)
                configuration.lossBoundInterval = nil
                let pubsub = try PubSub(configuration)
                let heard = Collector()
                let reading = Task { for try await event in pubsub.events { heard.add(words(event)) } }
                try await pubsub.subscribe("news")
                #expect(try await eventually { await pubsub.isMirrored() })
                let ending = Task { try await pubsub.unsubscribe("news") }
                #expect(
                    try await eventually { [prompt, late].allSatisfy { $0.commands.last == ["UNSUBSCRIBE", "news"] } }
                )
                // The prompt node confirms this at once, and the caller is told so.
                try await pubsub.subscribe("news")
                try publish("missed", [prompt])
                isHeld.withLock { $0 = false }
                _ = try await ending.joined
                #expect(try await eventually { heard.all.contains("gap") })
                #expect(try await eventually { late.commands.last == ["SUBSCRIBE", "news"] })
                try await pubsub.ping()
                try publish("kept", [prompt, late])
                #expect(try await eventually { heard.all.contains("message news kept") })
                let told = heard.all.filter { $0 == "gap" || $0.hasPrefix("message") }
                #expect(told == ["gap", "message news kept"])
                await pubsub.close()
                try await reading.joined
            }
        }
    }

    @Test("ends with its last link when none is opened anew, also when that link has never served")
    func bothEnd() async throws {
        let topology = ScriptedTopology()
        let isHanging = Locked(true)
        let one = ScriptedShard(topology)
        let other = ScriptedShard(topology, isHanging: isHanging)
        try await one.run {
            try await other.run {
                topology.set([(0...8191, one.port), (8192...16383, other.port)])
                var configuration = clusterConfiguration(one)
                configuration.cluster?.mirrorsChannels = true
                configuration.reconnect.isEnabled = false
                configuration.handshakeTimeout = .seconds(2)
                let pubsub = try PubSub(configuration)
                try await pubsub.subscribe("news")
                one.cut()
                let error = await #expect(throws: RedisError.self) {
                    while case .event = try await pubsub.next(timeout: .seconds(20)) {}
                }
                #expect(error?.code == .handshakeTimedOut)
                isHanging.withLock { $0 = false }
                await pubsub.close()
            }
        }
    }

    @Test("ends with its last link also when a name was asked for after the other had ended")
    func subscribesBetween() async throws {
        let topology = ScriptedTopology()
        let nodes = [ScriptedShard(topology), ScriptedShard(topology)]
        try await nodes[0].run {
            try await nodes[1].run {
                topology.set([(0...8191, nodes[0].port), (8192...16383, nodes[1].port)])
                var configuration = clusterConfiguration(nodes[0])
                configuration.cluster?.mirrorsChannels = true
                configuration.cluster?.mirrorWindow = .milliseconds(500)
                configuration.reconnect.isEnabled = false
                configuration.lossBoundInterval = nil
                let pubsub = try PubSub(configuration)
                try await pubsub.subscribe("news")
                #expect(try await eventually { nodes.allSatisfy { $0.openCount == 1 } })
                nodes[0].cut()
                #expect(try await pubsub.take(2) == ["subscribed news 1", "lost"])
                #expect(try await eventually { nodes[0].openCount == 0 })
                try await pubsub.subscribe("more")
                nodes[1].cut()
                let error = await #expect(throws: RedisError.self) {
                    while case .event = try await pubsub.next(timeout: .seconds(20)) {}
                }
                #expect(error?.code == .connectionLost)
                await pubsub.close()
            }
        }
    }

    @Test("is refused when one node refuses and the other cannot be reached, in any order", arguments: [false, true])
    func refusedByOne(_ isLate: Bool) async throws {
        let topology = ScriptedTopology()
        let isHeld = Locked(isLate)
        let refusing = ScriptedShard(topology) { words, _ in
            _ = eventuallyBlocking(within: .seconds(30)) { !isHeld.withLock { $0 } }
            return words[0] == "SUBSCRIBE" ? "-NOPERM no\r\n" : ScriptedShard.confirmation(words)
        }
        let isHanging = Locked(true)
        let hanging = ScriptedShard(topology, isHanging: isHanging)
        try await refusing.run {
            try await hanging.run {
                topology.set([(0...8191, refusing.port), (8192...16383, hanging.port)])
                var configuration = clusterConfiguration(refusing)
                configuration.cluster?.mirrorsChannels = true
                configuration.handshakeTimeout = .seconds(1)
                let pubsub = try PubSub(configuration)
                let subscribing = Task { try await pubsub.subscribe("news", timeout: .after(.seconds(20))) }
                if isLate {
                    let since = ContinuousClock.now
                    #expect(try await eventually { since.duration(to: .now) > .milliseconds(1500) })
                    isHeld.withLock { $0 = false }
                }
                let error = await #expect(throws: RedisError.self) { try await subscribing.joined }
                #expect(error?.code == .notPermitted)
                isHanging.withLock { $0 = false }
                await pubsub.close()
            }
        }
    }

    private func withMirror(version: Int, _ body: (RedisCluster, PubSub) async throws -> Void) async throws {
        try await withRedisCluster { cluster in
            var configuration = cluster.seed(version)
            configuration.cluster?.mirrorsChannels = true
            try await body(cluster, try PubSub(configuration))
        }
    }
}

/// How many names the subscribers of each node have, without nodes that have none.
private func subscribers(_ cluster: RedisCluster) -> [Int] {
    cluster.nodes.compactMap { node in
        guard let line = try? node.command("CLIENT", "LIST", "TYPE", "pubsub"), !line.isEmpty else { return nil }
        func count(_ field: String) -> Int {
            line.split { $0 == " " || $0.isNewline }.first { $0.hasPrefix(field + "=") }
                .flatMap { Int($0.dropFirst(field.count + 1)) } ?? 0
        }
        return count("sub") + count("psub")
    }
}
