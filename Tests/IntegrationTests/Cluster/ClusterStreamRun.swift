import RedisEvents
import RedisRESP
import RedisReactor
import RedisTesting
import Testing

/// A `Monitor` and a `KeyspaceEvents` over a whole cluster, and writers whose numbers have to come out of both.
final class ClusterStreamRun: Sendable {
    /// What came out of one stream for one writer.
    struct Account: Sendable {
        var name: String
        var writer: ShardWriter
        /// The nodes whose gaps excuse what is missing.
        var nodes: Set<RedisEndpoint>
        let ledger = Ledger()
        let gaps = Locked<[RedisGap]>([])
        let origins = Locked<[Int: RedisEndpoint]>([:])
    }

    let monitor: Monitor
    let keys: KeyspaceEvents
    let writers: [ShardWriter]
    let monitored: [Account]
    let noticed: [Account]
    /// The times of the monitored commands, in the order in which they came.
    let times = Locked<[RedisTimestamp]>([])
    /// Keys of others than the writers that were set, with the node that told so.
    let others = Locked<[(key: String, node: RedisEndpoint?, what: String)]>([])
    /// What was told of the servers' settings, and of links.
    let news = Collector()
    private let reading = Locked<Task<Void, any Error>?>(nil)

    /// `shards`: the nodes that each writer tries.
    init(_ configuration: RedisConfiguration, _ shards: [[RedisClusterNode]], prefixes: [String]) throws {
        monitor = try Monitor(configuration)
        keys = try KeyspaceEvents(configuration, events: [.set], notifications: .addMissing(restoring: true))
        let writers = try zip(prefixes, shards).map { try ShardWriter($0, $1) }
        func accounts(_ name: String) -> [Account] {
            zip(writers, shards).map { writer, nodes in
                Account(
                    name: "\(name) \(writer.prefix)",
                    writer: writer,
                    nodes: Set(nodes.map(\.server.endpoint))
                )
            }
        }
        self.writers = writers
        monitored = accounts("monitored")
        noticed = accounts("noticed")
    }

    func start() async throws {
        try await monitor.start()
        try await keys.start()
        let reading = Task {
            async let commands: Void = readCommands()
            async let events: Void = readKeys()
            try await commands
            try await events
        }
        self.reading.withLock { $0 = reading }
        for writer in writers { writer.start() }
    }

    /// Waits until numbers come everywhere that are written from now on.
    func goesOn(within limit: Duration = .seconds(30)) async throws {
        let end = ContinuousClock.now.advanced(by: limit)
        for account in monitored + noticed {
            let mark = account.writer.numbers.last
            #expect(
                try await eventually(within: ContinuousClock.now.duration(to: end)) {
                    account.ledger.last(account.writer.prefix) > mark
                },
                "\(account.name) stands still at \(account.ledger.last(account.writer.prefix)) of \(mark); \(news.all.suffix(8)), others \(others.withLock { $0.count })"
            )
        }
    }

    /// Stops writing and checks that each number came once, or is missing where a gap of its nodes stands.
    func settle() async throws {
        for writer in writers { await writer.stop() }
        for account in monitored + noticed {
            let numbers = account.writer.numbers
            let prefix = account.writer.prefix
            let last = account.writer.writes.keys.max() ?? 0
            #expect(try await eventually { account.ledger.isSettled(prefix, last) }, "\(account.name)")
            let complaints = NumberAccount.complaints(account.ledger.entries, [prefix: numbers])
            #expect(Array(complaints.prefix(5)) == [], "\(account.name)")
            for (number, node) in account.origins.withLock({ $0 }) where !account.nodes.contains(node) {
                Issue.record("\(account.name): \(number) came from \(node)")
                break
            }
        }
    }

    func close() async throws -> KeyspaceEvents.NotificationRestoration {
        await monitor.close()
        let result = await keys.close()
        try await reading.withLock { $0.take() }?.joined
        return result
    }

    private func readCommands() async throws {
        for try await event in monitor.events {
            switch event {
            case .command(let command):
                guard command.name == "SET" else { continue }
                times.withLock { $0.append(command.time) }
                add(command.arguments[1], command.node, monitored, "monitored")
            case .gap(let gap): add(gap, monitored)
            case .link(.lost(let cause, at: _)): news.add("monitor lost \(cause.node.map { "\($0)" } ?? "")")
            case .drop, .line, .unguarded, .link, .failed: news.add("monitor \(event)")
            }
        }
    }

    private func readKeys() async throws {
        for try await event in keys.events {
            switch event {
            case .key(let event): add(event.key, event.node, noticed, "noticed")
            case .gap(let gap): add(gap, noticed)
            case .notifications(let state, let node):
                news.add("\(words(.notifications(state, node: node))) \(node.map { "\($0)" } ?? "")")
            case .link(.lost(let cause, at: _)): news.add("keys lost \(cause.node.map { "\($0)" } ?? "")")
            default: news.add(words(event))
            }
        }
    }

    private func add(_ key: RedisBytes, _ node: RedisEndpoint?, _ accounts: [Account], _ what: String) {
        let parts = (key.text ?? "").split(separator: ":")
        guard parts.count == 2, let account = accounts.first(where: { $0.writer.prefix == parts[0] }) else {
            return others.withLock { $0.append((key.text ?? "", node, what)) }
        }
        let number = Int(parts[1]) ?? -1
        account.ledger.add(.number(account.writer.prefix, number))
        account.origins.withLock { $0[number] = node }
    }

    private func add(_ gap: RedisGap, _ accounts: [Account]) {
        for account in accounts where gap.cause.node.map({ account.nodes.contains($0) }) ?? false {
            account.ledger.add(.gap)
            if gap.isComplete { account.gaps.withLock { $0.append(gap) } }
        }
    }
}

extension RedisCluster {
    /// A configuration for all of it, that knows the nodes given, by default all.
    func watched(seeds: [RedisClusterNode]? = nil) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: nodes[0].url)
        var cluster = RedisClusterConfiguration(seeds: (seeds ?? nodes).map(\.server.endpoint))
        // Servers pause when the machine is busy; the order is to be right all the same.
        cluster.reorderWindow = .seconds(1)
        configuration.cluster = cluster
        return configuration
    }

    /// Whose the slots are, slot by slot.
    func owners() throws -> [RedisClusterNode?] {
        var owners = [RedisClusterNode?](repeating: nil, count: RedisCluster.slotCount)
        for node in try primaries() {
            for range in try node.view().own?.slots ?? [] {
                for slot in range { owners[slot] = node }
            }
        }
        return owners
    }
}

extension RedisClusterNode {
    var notifyFlags: String { get throws { try server.notifyFlags } }

    /// How many monitors it has.
    var monitorCount: Int {
        get throws { try command("CLIENT", "LIST").split(separator: "\n").count { $0.contains(" flags=O ") } }
    }
}
