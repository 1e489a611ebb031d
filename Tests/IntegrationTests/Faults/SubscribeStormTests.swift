import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Storms of subscribes and unsubscribes. Required: the final state equals the
/// desired one.
///
/// Asserted elsewhere: sub, unsub, sub in one write, and unsubscribe of all with names taken again
/// (`SubscriptionTests`); every order of answers and losses that a simulated server can give
/// (`SubscriptionSimulationTests`).
@Suite("Storms of subscribes and unsubscribes", .tags(.server), .timeLimit(.minutes(2)))
struct SubscribeStormTests {
    private static let kinds: [RedisSubscriptionKind] = [.channel, .pattern, .shardChannel]

    /// What a test wants subscribed.
    private struct WantedName: Hashable {
        var kind: RedisSubscriptionKind
        var name: RedisBytes
    }

    /// Whether both sides have exactly what is wanted.
    private func isSettled(_ wanted: Set<WantedName>, _ pubsub: PubSub, _ server: RedisServer) async throws -> Bool {
        let states = await pubsub.states()
        guard states.allSatisfy({ $0.isWanted && $0.isConfirmed }) else { return false }
        guard Set(states.map { WantedName(kind: $0.kind, name: $0.name) }) == wanted else { return false }
        func names(_ kind: RedisSubscriptionKind) -> Set<String> {
            Set(wanted.filter { $0.kind == kind }.map { "\($0.name)" })
        }
        func list(_ words: String...) throws -> Set<String> {
            Set(try server.command(words.map { Array($0.utf8) }).split(separator: "\n").map(String.init))
        }
        return try list("PUBSUB", "CHANNELS") == names(.channel)
            && list("PUBSUB", "SHARDCHANNELS") == names(.shardChannel)
            && server.command("PUBSUB", "NUMPAT") == "\(names(.pattern).count)"
    }

    @Test("of all kinds, with lost links in between, end as desired", arguments: bothProtocols, [true, false])
    func random(_ version: RedisConfiguration.ProtocolVersion, _ isCut: Bool) async throws {
        let seed = environment("REDIS_EVENTS_SEED").flatMap { UInt64($0) } ?? .random(in: .min ... .max)
        print("storm of subscribes: REDIS_EVENTS_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try proxy.configuration(version)
                configuration.subscribeBatchSize = 3
                let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
                try await pubsub.subscribe("first")
                var wanted: Set<WantedName> = [WantedName(kind: .channel, name: "first")]
                var answers: [Promise<[PubSub.SubscriptionResult]>] = []
                for step in 0..<1500 {
                    let kind = generator.element(of: Self.kinds)
                    // Some of them twice in one call.
                    let names = (0..<generator.number(in: 0...6)).map { _ in
                        RedisBytes("name\(generator.number(in: 0...19))")
                    }
                    switch generator.number(in: 0...9) {
                    case 0...4:
                        answers.append(pubsub.startSubscribe(kind, names, nil))
                        for name in names { wanted.insert(WantedName(kind: kind, name: name)) }
                    case 5...8 where !names.isEmpty:
                        answers.append(pubsub.startUnsubscribe(kind, names))
                        for name in names { wanted.remove(WantedName(kind: kind, name: name)) }
                    default:
                        answers.append(pubsub.startUnsubscribe(kind, []))
                        wanted = wanted.filter { $0.kind != kind }
                    }
                    // Sometimes many go out in one turn, sometimes each meets the answers of those before it.
                    if generator.number(in: 0...9) == 0 { try await Task.sleep(for: .milliseconds(1)) }
                    if isCut, step % 100 == 50 { proxy.cutAll(generator.number(in: 0...1) == 0 ? .finish : .reset) }
                }
                // Each call is answered: confirmed, or taken back by a later one.
                for answer in answers {
                    do throws(RedisError) {
                        for result in try await answer.value() where result.error != nil {
                            #expect(result.error?.code == .cancelled)
                        }
                    } catch {
                        #expect(error.code == .cancelled)
                    }
                }
                let settled = try await eventually { try await isSettled(wanted, pubsub, server) }
                #expect(settled, "seed \(seed)")
                await pubsub.close()
            }
        }
    }

    @Test("from inside handlers end as desired", arguments: bothProtocols)
    func insideHandlers(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(proxy.configuration(version), ignoreSubscribeMessages: true)
                let handled = Collector()
                // Each message swaps a name for the next, and the handler waits for the server's word.
                try await pubsub.subscribe(
                    "await",
                    handler: .awaiting { [unowned pubsub] message in
                        let number = Int(message.text ?? "") ?? 0
                        let next = RedisBytes("swap\(number + 1)")
                        let old = await pubsub.states().map(\.name).filter {
                            $0 != next && "\($0)".hasPrefix("swap")
                        }
                        do throws(RedisError) {
                            try await pubsub.subscribe(.channel, [next])
                            if !old.isEmpty { try await pubsub.unsubscribe(.channel, old) }
                        } catch {
                            // The test is over, and a last message still at work.
                            #expect(error.code == .closed, "\(error)")
                        }
                        handled.add("await")
                    }
                )
                // On the loop nobody may wait; asking is enough.
                try await pubsub.psubscribe(
                    "inline*",
                    handler: .inline { [unowned pubsub] _ in
                        _ = pubsub.startUnsubscribe(.shardChannel, ["i"])
                        _ = pubsub.startSubscribe(.shardChannel, ["i"], nil)
                        handled.add("inline")
                    }
                )
                let reading = Task { for try await _ in pubsub.events {} }
                for number in 0..<50 {
                    if number % 10 == 5 { proxy.cutAll(.reset) }
                    for (channel, kind) in [("await", "await"), ("inline1", "inline")] {
                        let before = handled.all.count { $0 == kind }
                        let isTaken = try await eventually {
                            try server.publish(RedisBytes(channel), RedisBytes("\(number)")) == 1
                        }
                        #expect(isTaken)
                        // A message that a cut takes is gone: the gap says so. What counts is the state at the end.
                        _ = try await eventually(within: .milliseconds(200)) {
                            handled.all.count { $0 == kind } > before
                        }
                    }
                }
                let number = 50
                #expect(
                    try await eventually {
                        try server.publish("await", RedisBytes("\(number - 1)")) == 1
                            && server.publish("inline1", "x") == 1
                    }
                )
                let settled = try await eventually {
                    let names = await pubsub.states().filter(\.isConfirmed).map(\.name)
                    return Set(names) == ["await", "inline*", "i", "swap50"]
                }
                #expect(settled)
                #expect(
                    try await eventually {
                        try server.command("PUBSUB", "NUMSUB", "swap50", "swap49") == "swap50\n1\nswap49\n0"
                    }
                )
                #expect(try await eventually { try server.command("PUBSUB", "SHARDNUMSUB", "i") == "i\n1" })
                await pubsub.close()
                try await reading.joined
            }
        }
    }
}
