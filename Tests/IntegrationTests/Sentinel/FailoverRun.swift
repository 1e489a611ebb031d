import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// Readers of numbered messages, commands and keys at a primary that Sentinels watch, and a client that writes them
/// there, all by way of the Sentinels.
final class FailoverRun: Sendable {
    /// What is read, by whom.
    struct Reader: Sendable {
        var name: String
        /// The stream of numbers that it reads.
        var stream: String
        var ledger = Ledger()
        let gaps = Locked<[RedisGap]>([])
    }

    let group: RedisSentinelGroup
    let readers = [
        Reader(name: "PubSub in RESP3", stream: "c"), Reader(name: "PubSub in RESP2", stream: "c"),
        Reader(name: "Monitor", stream: "c"), Reader(name: "KeyspaceEvents", stream: "k"),
    ]
    private let subscribers: [PubSub]
    private let monitor: Monitor
    private let keys: KeyspaceEvents
    private let client: RedisClient
    private let published = Locked<[String: NumberAccount.Stream]>([:])

    init(_ group: RedisSentinelGroup) throws {
        self.group = group
        subscribers = try bothProtocols.reversed().map { version in
            var configuration = group.configuration(version)
            configuration.lossBoundInterval = .seconds(60)
            return try PubSub(configuration, ignoreSubscribeMessages: true)
        }
        monitor = try Monitor(group.configuration())
        keys = try KeyspaceEvents(
            group.configuration(),
            keys: ["k:*"],
            events: [.set],
            notifications: .addMissing(restoring: true)
        )
        client = try RedisClient(group.configuration())
    }

    /// Reads and publishes as long as `body` runs, then settles the account.
    func run(_ body: () async throws -> Void) async throws {
        for subscriber in subscribers { try await subscriber.subscribe("c") }
        try await monitor.start()
        try await keys.start()
        let publisher = Task { await publish() }
        let reading = Task { try await read() }
        try await goesOn()
        try await body()
        try await goesOn()
        publisher.cancel()
        await publisher.joined
        let facts = published.withLock { $0 }
        for reader in readers {
            let numbers = facts[reader.stream] ?? NumberAccount.Stream()
            let last = (1...max(numbers.last, 1)).last { !numbers.uncertain.contains($0) } ?? 0
            #expect(try await eventually { reader.ledger.isSettled(reader.stream, last) }, "\(reader.name)")
            let complaints = NumberAccount.complaints(reader.ledger.entries, [reader.stream: numbers])
            #expect(Array(complaints.prefix(5)) == [], "\(reader.name)")
        }
        await client.close()
        await monitor.close()
        for subscriber in subscribers { await subscriber.close() }
        let restoration = words(await keys.close())
        #expect(restoration == "restored ")
        for server in group.servers {
            let setting = try server.command("CONFIG", "GET", "notify-keyspace-events")
            #expect(setting.split(separator: "\n").count == 1, "\(server.port) was left with \(setting)")
        }
        try await reading.joined
    }

    /// The gaps of each reader so far.
    var gaps: [[RedisGap]] { readers.map { reader in reader.gaps.withLock { $0 } } }

    /// Waits until each reader has had so many gaps, and goes on; returns how long that took.
    func haveGaps(_ count: Int) async throws -> Duration {
        let start = ContinuousClock.now
        let isSo = try await eventually { gaps.allSatisfy { $0.count >= count } }
        #expect(isSo)
        #expect(gaps.map(\.count) == [count, count, count, count])
        try await goesOn()
        return start.duration(to: .now)
    }

    /// Waits until numbers come everywhere that are published from now on.
    func goesOn() async throws {
        let limit = Duration.seconds(30)
        let start = ContinuousClock.now
        let marks = published.withLock { published in readers.map { published[$0.stream]?.last ?? 0 } }
        for (reader, mark) in zip(readers, marks) {
            let left = limit - start.duration(to: .now)
            #expect(
                try await eventually(within: left) { reader.ledger.last(reader.stream) > mark },
                "\(reader.name) stands still at \(reader.ledger.last(reader.stream)), \(mark) were published"
            )
        }
    }

    private func publish() async {
        while !Task.isCancelled {
            let number = published.withLock { published in
                for stream in ["c", "k"] { published[stream, default: NumberAccount.Stream()].last += 1 }
                return published["c"]?.last ?? 0
            }
            for (stream, command) in [
                ("c", ["PUBLISH", "c", "\(number)"]), ("k", ["SET", "k:\(number)", "x", "PX", "60000"]),
            ] {
                do throws(RedisError) {
                    try await client.send(RedisCommand(command.map { RedisBytes($0) }), timeout: .seconds(1))
                } catch {
                    published.withLock { _ = $0[stream]?.uncertain.insert(number) }
                }
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func read() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (subscriber, reader) in zip(subscribers, readers) {
                tasks.addTask {
                    for try await event in subscriber.events {
                        switch event {
                        case .message(let message): reader.add(message.payload)
                        case .gap(let gap): reader.add(gap)
                        default: break
                        }
                    }
                }
            }
            tasks.addTask { [monitor, reader = readers[2]] in
                for try await event in monitor.events {
                    switch event {
                    case .command(let command) where command.name == "PUBLISH" && command.arguments[1] == "c":
                        reader.add(command.arguments[2])
                    case .gap(let gap): reader.add(gap)
                    default: break
                    }
                }
            }
            tasks.addTask { [keys, reader = readers[3]] in
                for try await event in keys.events {
                    switch event {
                    case .key(let event): reader.add(RedisBytes(event.key.dropFirst(2)))
                    case .gap(let gap): reader.add(gap)
                    default: break
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }
}

extension FailoverRun.Reader {
    fileprivate func add(_ number: RedisBytes) {
        ledger.add(.number(stream, number.text.flatMap { Int($0) } ?? -1))
    }

    fileprivate func add(_ gap: RedisGap) {
        ledger.add(.gap)
        if gap.isComplete { gaps.withLock { $0.append(gap) } }
    }
}

extension RedisSentinelGroup {
    /// A configuration that finds the primary by the Sentinels.
    func configuration(_ version: RedisConfiguration.ProtocolVersion = .resp3) -> RedisConfiguration {
        IntegrationTests.configuration(sentinels.map(\.endpoint), name: "mymaster", version)
    }
}
