import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Nothing is lost in silence: whatever happens to the link, the server and the reader, each message that was published
/// is delivered once and in order, or lies where a gap or drop record stands.
///
/// Each run draws its faults from a seed, which it prints; `REDIS_EVENTS_SEED` repeats one. `REDIS_EVENTS_SOAK=1`,
/// which `./Tools/test --soak` sets, makes each run 300 faults long.
@Suite("Every message is accounted for", .tags(.server, .timing), .serialized, .timeLimit(.minutes(20)))
struct AccountingTests {
    /// Numbers with a filling of varying length, so that bytes of every kind of frame are on their way when it is torn.
    private static func payload(_ number: Int) -> String { "\(number):" + String(repeating: "x", count: number % 97) }

    private static func number(of payload: RedisBytes) -> Int {
        payload.text.flatMap { $0.split(separator: ":").first }.flatMap { Int($0) } ?? -1
    }

    private static let streams = ["c1", "c2", "h1", "p1", "p2", "s1"].map { name in
        NumberedPublisher.Stream(name: name) { number in
            "\(name == "s1" ? "SPUBLISH" : "PUBLISH") \(name) \(payload(number))"
        }
    }

    @Test(
        "of channels, patterns and shard channels",
        arguments: [(RedisConfiguration.ProtocolVersion.resp3, 20), (.resp2, 12)]
    )
    func pubsub(_ version: RedisConfiguration.ProtocolVersion, _ everyday: Int) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let publisher = NumberedPublisher(port: server.port, streams: Self.streams)
                let run = AccountingRun(name: "PubSub, \(version)", server: server, proxy: proxy, publisher: publisher)
                let pubsub = try PubSub(
                    run.configuration(version),
                    buffer: RedisBufferLimit(events: 300),
                    ignoreSubscribeMessages: true
                )
                try await pubsub.subscribe("c1", "c2", "h1")
                try await pubsub.psubscribe("p*")
                try await pubsub.ssubscribe("s1")
                let ledger = run.ledger
                // `h1` gets a handler, and loses it again, while messages of before wait and links come and go.
                let switching = Task {
                    var hasHandler = false
                    while !Task.isCancelled {
                        let mark = ledger.last("h1")
                        guard try await eventually({ ledger.last("h1") > mark + 20 || Task.isCancelled }) else {
                            continue
                        }
                        hasHandler.toggle()
                        let handler = PubSub.Handler.calling { ledger.add(.number("h1", Self.number(of: $0.payload))) }
                        _ = try? await pubsub.subscribe("h1", handler: hasHandler ? handler : nil)
                    }
                }
                let reading = Task {
                    for try await event in pubsub.events {
                        switch event {
                        case .message(let message):
                            ledger.add(.number("\(message.channel)", Self.number(of: message.payload)))
                        case .gap: ledger.add(.gap)
                        case .drop(let drop): ledger.add(.drop(drop.count))
                        default: break
                        }
                        try await ledger.beSlow()
                    }
                }
                try await run.run(AccountingRun.faultCount(everyday)) {
                    try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                }
                switching.cancel()
                await pubsub.close()
                try await reading.joined
                _ = await switching.joinedResult
            }
        }
    }

    @Test(
        "of the commands that a monitor watches",
        arguments: [(RedisConfiguration.ProtocolVersion.resp3, 10), (.resp2, 8)]
    )
    func monitor(_ version: RedisConfiguration.ProtocolVersion, _ everyday: Int) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let streams = ["m1", "m2"].map { name in
                    NumberedPublisher.Stream(name: name) { "SET \(name) \(Self.payload($0))" }
                }
                let publisher = NumberedPublisher(port: server.port, streams: streams)
                let run = AccountingRun(name: "Monitor, \(version)", server: server, proxy: proxy, publisher: publisher)
                let monitor = try Monitor(run.configuration(version), buffer: RedisBufferLimit(events: 100))
                try await monitor.start()
                let ledger = run.ledger
                let reading = Task {
                    for try await event in monitor.events {
                        switch event {
                        case .command(let command) where command.name == "SET" && command.arguments.count == 3:
                            ledger.add(.number("\(command.arguments[1])", Self.number(of: command.arguments[2])))
                        case .gap: ledger.add(.gap)
                        case .drop(let drop): ledger.add(.drop(drop.count))
                        default: break
                        }
                        try await ledger.beSlow()
                    }
                }
                try await run.run(AccountingRun.faultCount(everyday)) { try killMonitors(of: server) }
                await monitor.close()
                try await reading.joined
            }
        }
    }

    /// Has the server close every connection that monitors.
    private func killMonitors(of server: RedisServer) throws {
        for line in try server.command("CLIENT", "LIST").split(separator: "\n") where line.contains(" flags=O ") {
            let id = line.split(separator: " ").first { $0.hasPrefix("id=") }
            // It may have gone by itself meanwhile.
            _ = try? server.command("CLIENT", "KILL", "ID", String(id?.dropFirst(3) ?? ""))
        }
    }
}
