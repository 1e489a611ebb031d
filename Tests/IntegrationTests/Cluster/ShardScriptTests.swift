import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

private func gaps(_ events: [PubSub.Event]) -> [RedisGap] {
    events.compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
}

@Suite("Shard channels on scripted nodes", .tags(.cluster), .serialized, .timeLimit(.minutes(1)))
struct ShardScriptTests {
    @Test("of dedicated subscriptions that could not be begun are forgotten", arguments: [false, true])
    func failedDedicated(_ isMirrored: Bool) async throws {
        var configuration = RedisConfiguration()
        let seed = RedisEndpoint.tcp(host: "127.0.0.1", port: UInt16(try FreePort.next()))
        configuration.cluster = RedisClusterConfiguration(seeds: [seed])
        configuration.cluster?.mirrorsChannels = isMirrored
        let pubsub = try PubSub(configuration)
        func attempt(_ number: Int) async throws {
            let name = RedisBytes(String(repeating: "x", count: 16 << 20) + "\(number)")
            let error = await #expect(throws: RedisError.self) {
                if isMirrored {
                    _ = try await pubsub.subscription(to: name)
                } else {
                    _ = try await pubsub.ssubscription(to: name)
                }
            }
            #expect(error?.code == .connectFailed)
        }
        try await attempt(0)
        let before = ResourceCount.residentBytes()
        for number in 1...8 { try await attempt(number) }
        let growth = ResourceCount.residentBytes() - before
        #expect(growth < 80 << 20, "\(growth) bytes more")
        await pubsub.close()
    }

    @Test("are not sent to and fro without a pause by nodes that contradict one another")
    func contradiction() async throws {
        let topology = ScriptedTopology()
        let ports = Locked((0, 0))
        let one = ScriptedShard(topology) { words, _ in
            words[0] == "SSUBSCRIBE" ? "-MOVED 15495 127.0.0.1:\(ports.withLock { $0.1 })\r\n" : "+OK\r\n"
        }
        let other = ScriptedShard(topology) { words, _ in
            words[0] == "SSUBSCRIBE" ? "-MOVED 15495 127.0.0.1:\(ports.withLock { $0.0 })\r\n" : "+OK\r\n"
        }
        try await one.run {
            try await other.run {
                ports.withLock { $0 = (one.port, other.port) }
                topology.set([(thirds.a, one.port), (thirds.b, other.port)])
                let pubsub = try PubSub(clusterConfiguration(one))
                let task = Task { try await pubsub.ssubscribe("a") }
                #expect(try await eventually { other.commands.count > 1 })
                let (before, began) = (one.commands.count + other.commands.count, ContinuousClock.now)
                try await Task.sleep(for: .seconds(1))
                let count = one.commands.count + other.commands.count - before
                // Both of them once in each 250 ms.
                #expect(count <= 2 * (Int(began.duration(to: .now) / .milliseconds(250)) + 1))
                await pubsub.close()
                _ = try? await task.joined
            }
        }
    }

    @Test(
        "are not sent again and again to a node that names another slot, or none, in its refusal",
        arguments: ["-MOVED 7 127.0.0.1:PORT\r\n", "-MOVED 99999 127.0.0.1:PORT\r\n", "-MOVED\r\n"]
    )
    func otherSlot(_ line: String) async throws {
        let topology = ScriptedTopology()
        let port = Locked(0)
        let node = ScriptedShard(topology) { words, _ in
            words[0] == "SSUBSCRIBE" ? line.replacing("PORT", with: "\(port.withLock { $0 })") : "+OK\r\n"
        }
        try await node.run {
            port.withLock { $0 = node.port }
            topology.set([(0...16383, node.port)])
            let pubsub = try PubSub(clusterConfiguration(node))
            let task = Task { try await pubsub.ssubscribe("a") }
            #expect(try await eventually { node.commands.count > 1 })
            let (before, began) = (node.commands.count, ContinuousClock.now)
            try await Task.sleep(for: .milliseconds(600))
            let count = node.commands.count - before
            // Once in each 250 ms.
            #expect(count <= Int(began.duration(to: .now) / .milliseconds(250)) + 1)
            await pubsub.close()
            _ = try? await task.joined
        }
    }

    @Test("leave each node that the others say has lost its slots, also when one does so a little later than another")
    func contradictingNodes() async throws {
        let topology = ScriptedTopology()
        let (one, other, third) = (ScriptedShard(topology), ScriptedShard(topology), ScriptedShard(topology))
        try await one.run {
            try await other.run {
                try await third.run {
                    topology.set([(thirds.a, one.port), (thirds.b, other.port), (thirds.c, third.port)])
                    let pubsub = try PubSub(clusterConfiguration(one))
                    try await pubsub.ssubscribe("a", "b", "c")
                    // A slot stays, so that the shard does.
                    topology.set([
                        (10923...10923, one.port), (thirds.b, other.port), (thirds.c, third.port),
                        (10924...16383, third.port),
                    ])
                    try await Task.sleep(for: .seconds(1))
                    topology.set([
                        (10923...10923, one.port), (0...0, other.port), (1...5460, third.port),
                        (thirds.c, third.port), (10924...16383, third.port),
                    ])
                    #expect(try await eventually { third.commands.contains { $0.contains("a") } })
                    #expect(try await eventually { third.commands.contains { $0.contains("b") } })
                    await pubsub.close()
                }
            }
        }
    }

    @Test("let go of a link whose only name was refused")
    func refusedName() async throws {
        let topology = ScriptedTopology()
        let node = ScriptedShard(topology) { _, _ in "-NOPERM no\r\n" }
        try await node.run {
            topology.set([(0...16383, node.port)])
            let pubsub = try PubSub(clusterConfiguration(node))
            await #expect(throws: RedisError.self) { try await pubsub.ssubscribe("a") }
            #expect(node.openCount == 1)
            #expect(try await eventually { node.openCount == 0 })
            await pubsub.close()
        }
    }

    @Test("let go of a link that answers the last unsubscribe late")
    func lateUnsubscribe() async throws {
        let topology = ScriptedTopology()
        let node = ScriptedShard(topology) { words, _ in
            if words[0] == "SUNSUBSCRIBE" { _ = eventuallyBlocking(within: .seconds(6)) { false } }
            return ScriptedShard.confirmation(words)
        }
        try await node.run {
            topology.set([(0...16383, node.port)])
            var configuration = clusterConfiguration(node)
            configuration.heartbeat = nil
            let pubsub = try PubSub(configuration)
            try await pubsub.ssubscribe("a")
            try await pubsub.sunsubscribe("a")
            #expect(node.openCount == 1)
            #expect(try await eventually { node.openCount == 0 })
            await pubsub.close()
        }
    }

    @Test("that moved to a node whose first connect fails are looked for again")
    func firstConnectFails() async throws {
        let topology = ScriptedTopology()
        let isHanging = Locked(true)
        let ports = Locked(0)
        let hasMoved = Locked(false)
        let one = ScriptedShard(topology) { words, _ in
            words.contains("a") && hasMoved.withLock { $0 }
                ? "-MOVED 15495 127.0.0.1:\(ports.withLock { $0 })\r\n" : ScriptedShard.confirmation(words)
        }
        let other = ScriptedShard(topology, isHanging: isHanging)
        try await one.run {
            try await other.run {
                ports.withLock { $0 = other.port }
                topology.set([(thirds.a, one.port), (thirds.c, one.port), (thirds.b, other.port)])
                var configuration = clusterConfiguration(one)
                configuration.handshakeTimeout = .seconds(1)
                let pubsub = try PubSub(configuration)
                let task = Task { try await pubsub.subscribe(.shardChannel, ["a", "b", "c"]) }
                #expect(try await eventually { one.commands.count == 2 })
                // Now the one is served, and the other link is under way.
                hasMoved.withLock { $0 = true }
                try one.push(ScriptedShard.push("sunsubscribe", "a"))
                let results = try await task.joined
                #expect(results.map { $0.error == nil } == [true, false, true])
                isHanging.withLock { $0 = false }
                topology.set([(thirds.c, one.port), (thirds.b, other.port), (thirds.a, other.port)])
                #expect(try await eventually { other.commands.contains { $0.contains("a") } })
                #expect(
                    try await eventually {
                        await pubsub.states().filter(\.isConfirmed).map { "\($0.name)" }.sorted() == ["a", "c"]
                    }
                )
                await pubsub.close()
            }
        }
    }

    @Test("leave a gap when the node turns a second subscribe of a name away without a word before")
    func silentLoss() async throws {
        let topology = ScriptedTopology()
        let ports = Locked(0)
        let one = ScriptedShard(topology) { words, _ in
            let port = ports.withLock { exchange(&$0, with: $0 < 0 ? -$0 : -$0) }
            return port < 0 ? ScriptedShard.confirmation(words) : "-MOVED 15495 127.0.0.1:\(port)\r\n"
        }
        let other = ScriptedShard(topology)
        try await one.run {
            try await other.run {
                ports.withLock { $0 = -other.port }
                topology.set([(thirds.a, one.port), (thirds.b, other.port)])
                let pubsub = try PubSub(clusterConfiguration(one))
                try await pubsub.ssubscribe("a")
                try await pubsub.ssubscribe("a")
                #expect(other.commands.count == 1)
                var events: [PubSub.Event] = []
                while case .event(let event) = try await pubsub.getMessage(timeout: .milliseconds(500)) {
                    events.append(event)
                }
                #expect(gaps(events).map(\.isComplete) == [true])
                #expect(gaps(events).first?.names.map { "\($0.name)" } == ["a"])
                #expect(pubsub.isSubscribed)
                await pubsub.close()
            }
        }
    }

    @Test("of dedicated subscriptions have the gaps of their own links, and no others")
    func ownGaps() async throws {
        let topology = ScriptedTopology()
        let (one, other) = (ScriptedShard(topology), ScriptedShard(topology))
        try await one.run {
            try await other.run {
                topology.set([(thirds.a, one.port), (thirds.b, other.port)])
                let pubsub = try PubSub(clusterConfiguration(one))
                let mine = try await pubsub.subscription(to: .shardChannel, ["a"])
                let others = try await pubsub.subscription(to: .shardChannel, ["b"])
                one.cut()
                #expect(try await eventually { one.commands.count == 2 && one.openCount == 1 })
                var texts: [String] = []
                while texts.last != "gap", case .event(let event) = try await mine.next(timeout: .seconds(5)) {
                    texts.append(words(event))
                }
                #expect(texts == ["subscribed a 1", "lost", "restored", "subscribed a 1", "gap"])
                try other.push(ScriptedShard.message("b", "1"))
                texts = []
                while texts.last != "smessage b 1",
                    case .event(let event) = try await others.next(timeout: .seconds(5))
                {
                    texts.append(words(event))
                }
                #expect(texts == ["subscribed b 1", "smessage b 1"])
                await pubsub.close()
            }
        }
    }

    @Test("of a dedicated subscription that fails leave the links of all their shards, and do not come to the stream")
    func failedDedicated() async throws {
        let topology = ScriptedTopology()
        let (one, other) = (ScriptedShard(topology), ScriptedShard(topology))
        try await one.run {
            try await other.run {
                topology.set([(thirds.a, one.port), (thirds.b, other.port)])
                let pubsub = try PubSub(clusterConfiguration(one))
                let few = RedisBufferLimit(events: 3)
                let own = try await pubsub.subscription(to: .shardChannel, ["a", "b"], buffer: few, overflow: .fail)
                for number in 1...3 { try one.push(ScriptedShard.message("a", "\(number)")) }
                #expect(try await eventually { other.commands.last == ["SUNSUBSCRIBE", "b"] })
                #expect(try await eventually { !pubsub.isSubscribed })
                #expect(try await eventually { one.commands.last == ["SUNSUBSCRIBE", "a"] })
                // From a server that has not read the command yet.
                try other.push(ScriptedShard.message("b", "1"))
                var texts: [String] = []
                while case .event(let event) = try await pubsub.getMessage(timeout: .milliseconds(200)) {
                    texts.append(words(event))
                }
                #expect(texts == [])
                #expect(own.failure?.code == .consumerTooSlow)
                await pubsub.close()
            }
        }
    }

    /// A node that serves all slots until it is told to let go of the slot of "a", which nobody serves then.
    private func withLeavingNode(
        _ body: (_ node: ScriptedShard, _ pubsub: PubSub, _ leave: () throws -> Void) async throws -> Void
    ) async throws {
        let topology = ScriptedTopology()
        let port = Locked(0)
        let hasMoved = Locked(false)
        let node = ScriptedShard(topology) { words, _ in
            guard hasMoved.withLock({ $0 }) else { return ScriptedShard.confirmation(words) }
            // Not before it is asked: who knows that nobody serves the slot does not ask.
            topology.set([(0...10922, port.withLock { $0 })])
            return "-MOVED 15495 127.0.0.1:1\r\n"
        }
        try await node.run {
            port.withLock { $0 = node.port }
            topology.set([(0...16383, node.port)])
            let pubsub = try PubSub(clusterConfiguration(node))
            try await body(node, pubsub) {
                hasMoved.withLock { $0 = true }
                try node.push(ScriptedShard.push("sunsubscribe", "a"))
            }
            await pubsub.close()
        }
    }

    @Test("that only a dedicated subscription had cause no event in the stream, also while nobody serves their slot")
    func dedicatedAndUnassigned() async throws {
        try await withLeavingNode { node, pubsub, leave in
            let mine = try await pubsub.subscription(to: .shardChannel, ["a"])
            try leave()
            #expect(try await eventually { node.commands.count == 2 })
            #expect(
                try await eventually {
                    await pubsub.states().allSatisfy { !$0.isConfirmed } && node.commands.count == 2
                }
            )
            try await Task.sleep(for: .milliseconds(500))
            await mine.close()
            var texts: [String] = []
            while case .event(let event) = try await pubsub.getMessage(timeout: .milliseconds(200)) {
                texts.append(words(event))
            }
            #expect(!texts.contains { $0.hasPrefix("unsubscribed") })
            #expect(texts.contains("gap"))
        }
    }

    @Test("of dedicated subscriptions tell at their end what was missed while nobody served the slot")
    func missedAtTheEnd() async throws {
        try await withLeavingNode { node, pubsub, leave in
            let mine = try await pubsub.subscription(to: .shardChannel, ["a", "b"])
            let others = try await pubsub.subscription(to: .shardChannel, ["b"])
            try leave()
            #expect(try await eventually { node.openCount == 1 && node.commands.last == ["SSUBSCRIBE", "a"] })
            #expect(
                try await eventually {
                    await pubsub.states().allSatisfy { $0.isConfirmed == ($0.name == "b") }
                }
            )
            let draining = Task { await pubsub.drain() }
            while case .event = try await pubsub.next(timeout: .seconds(5)) {}
            for (subscription, missed) in [(mine, ["a"]), (others, [])] {
                var told: [PubSub.Event] = []
                while case .event(let event) = try await subscription.next(timeout: .seconds(5)) { told.append(event) }
                #expect(gaps(told).flatMap { $0.names.map { "\($0.name)" } } == missed)
            }
            #expect(await draining.joined)
        }
    }

    @Test("are closed when nothing is left, also of a question that nobody answers")
    func closeWhileAsking() async throws {
        let isHanging = Locked(true)
        let node = ScriptedShard(ScriptedTopology(), isHanging: isHanging)
        try await node.run {
            let pubsub = try PubSub(clusterConfiguration(node))
            // The first sleep of a process opens a timer for all others.
            try await Task.sleep(for: .milliseconds(1))
            let before = ResourceCount.openFileDescriptors()
            let task = Task { try await pubsub.ssubscribe("a") }
            // Both ends are here.
            #expect(try await eventually { ResourceCount.openFileDescriptors() == before + 2 })
            let start = ContinuousClock.now
            await pubsub.close()
            // It does not wait until the handshake is given up, which takes five seconds.
            #expect(start.duration(to: .now) < .seconds(4))
            #expect(ResourceCount.openFileDescriptors() <= before + 1)
            await #expect(throws: RedisError.self) { try await task.joined }
            isHanging.withLock { $0 = false }
        }
    }

    @Test("that wait by the thousand for a node do not hold up those that have one")
    func manyWaiting() async throws {
        let topology = ScriptedTopology()
        let node = ScriptedShard(topology)
        try await node.run {
            topology.set([(thirds.a, node.port)])
            var configuration = clusterConfiguration(node)
            configuration.cluster?.refreshInterval = .seconds(30)
            let pubsub = try PubSub(configuration)
            try await pubsub.ssubscribe("a")
            let start = ContinuousClock.now
            let tasks = (0..<20_000).map { number in
                Task { try await pubsub.ssubscribe(RedisBytes("{b}\(number)")) }
            }
            #expect(try await eventually(within: .seconds(30)) { await pubsub.states().count == 20_001 })
            #expect(start.duration(to: .now) < .seconds(5) * sanitizerFactor)
            await pubsub.close()
            for task in tasks { await #expect(throws: RedisError.self) { try await task.joined } }
        }
    }
}
