import RedisCommands
package import RedisCore
import RedisPOSIX
import RedisRESP
import RedisReactor
package import RwatchKit

/// A server, as it has described itself last.
package struct NodeStatus: Sendable, Equatable {
    package var node: String
    package var isUp: Bool
    /// Why it has no answer, in words.
    package var problem = ""
    package var version = ""
    package var role = ""
    package var uptime: Int?
    package var commands: Int?
    package var commandsPerSecond: Int?
    package var clients: Int?
    package var memory: Int?
    package var memoryLimit: Int?
    package var keys: Int?
}

/// Asks each server for INFO every now and then: its state, and with the source `stats` also what it counts by itself.
/// That costs a server as good as nothing.
package final class NodePoller: Sendable {
    private static let mostNodes = 128
    /// Lists are asked for only where they are short.
    private static let longestList = 1000
    private static let patience = Duration.seconds(2)

    /// What the servers count by themselves.
    struct Samples: Sendable {
        var commands = CommandStatistics()
        var clients: [NamedCount] = []
        var channels: [NamedCount] = []
    }

    struct NamedCount: Sendable {
        var name: RedisBytes
        var count: Int
    }

    /// What asks a server, and how its questions are told from commands of others.
    private struct Link {
        let client: RedisClient
        let own: OwnLink
    }

    private struct State {
        var nodes: [NodeStatus] = []
        var samples = Samples()
        var links: [RedisEndpoint: Link] = [:]
    }

    private let configurations: [RedisConfiguration]
    private let run: WatchRun
    private let hub: EventHub
    private let isSource: Bool
    private let state = Locked(State())
    private let topologies: [ClusterTopology?]

    /// - Parameters:
    ///   - configurations: The servers and clusters.
    ///   - run: The run that they belong to.
    ///   - hub: Gets the counts, where this is the source of events.
    ///   - isSource: Whether it is.
    package init(_ configurations: [RedisConfiguration], _ run: WatchRun, _ hub: EventHub, isSource: Bool) {
        self.configurations = configurations.map { $0.within(run) }
        self.run = run
        self.hub = hub
        self.isSource = isSource
        topologies = self.configurations.map { configuration in
            guard configuration.cluster != nil else { return nil }
            let topology = ClusterTopology(configuration, loop: run.loop)
            topology.start()
            return topology
        }
    }

    /// The servers, as they have described themselves last.
    package var nodes: [NodeStatus] { state.withLock { $0.nodes } }

    var samples: Samples { state.withLock { $0.samples } }

    /// Asks once, and throws when the first server cannot be asked.
    package func begin() async throws(RedisError) {
        for configuration in configurations where configuration.cluster == nil {
            _ = try await ask(["PING"], try link(for: configuration))
        }
        await ask(round: 0)
    }

    /// Asks again and again until the task is cancelled.
    package func go() async {
        var round = 1
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(isSource ? 1 : 2))
            if Task.isCancelled { break }
            // A page wants to know at once; whoever scrapes metrics does not.
            if isSource || hub.isWatched || round % 5 == 0 { await ask(round: round) }
            round += 1
        }
    }

    /// Ends all links.
    package func close() async {
        for topology in topologies { topology?.close() }
        for link in state.withLock({ exchange(&$0.links, with: [:]) }).values { await end(link) }
    }

    private func end(_ link: Link) async {
        await link.client.close()
        link.own.closed()
    }

    private func link(for configuration: RedisConfiguration) throws(RedisError) -> Link {
        let endpoint = configuration.endpoint
        if let link = state.withLock({ $0.links[endpoint] }) { return link }
        // From where the server sees the questions come is not known here; which server is asked is, in a cluster.
        let isOne = configurations.count == 1 && topologies[0] == nil
        let own = run.ownLinks.opened(from: nil, to: isOne ? nil : "\(endpoint)")
        let link = Link(client: try RedisClient(configuration), own: own)
        state.withLock { $0.links[endpoint] = link }
        return link
    }

    /// Asks a server. A monitor leaves out the question, as often as it is asked.
    private func ask(_ question: RedisCommand, _ link: Link) async throws(RedisError) -> RESPValue {
        link.own.sends(question)
        defer { link.own.settled() }
        return try await link.client.send(question, timeout: Self.patience)
    }

    /// The servers that there are now. Those of a cluster change.
    private func servers() async -> [RedisConfiguration] {
        var servers: [RedisConfiguration] = []
        for (configuration, topology) in zip(configurations, topologies) {
            guard let topology else {
                servers.append(configuration)
                continue
            }
            var shape = topology.shape
            if shape == nil { shape = try? await topology.load() }
            for shard in shape?.shards ?? [] {
                if let endpoint = shard.primary?.endpoint { servers.append(configuration.pinned(to: endpoint)) }
            }
        }
        return Array(servers.prefix(Self.mostNodes))
    }

    private func ask(round: Int) async {
        let servers = await servers()
        let asksLists = isSource && round % 5 == 0
        var found: [(NodeStatus, Answers)] = []
        await withTaskGroup(of: (Int, NodeStatus, Answers).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask {
                    let (status, answers) = await self.ask(server, lists: asksLists)
                    return (index, status, answers)
                }
            }
            var all: [(Int, NodeStatus, Answers)] = []
            for await one in group { all.append(one) }
            found = all.sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
        }
        var sum = 0
        state.withLock { state in
            state.nodes = found.map(\.0)
            for (status, answers) in found {
                if let commands = answers.commands {
                    sum = sum.addingSaturated(state.samples.commands.add(commands, from: status.node))
                }
            }
            guard asksLists else { return }
            let order = { (lhs: NamedCount, rhs: NamedCount) in lhs.count > rhs.count }
            state.samples.clients = Array(found.flatMap(\.1.clients).sorted(by: order).prefix(100))
            state.samples.channels = Array(found.flatMap(\.1.channels).sorted(by: order).prefix(100))
        }
        if isSource { hub.sampled(sum) }
        // Nodes that are gone need no link any more.
        let endpoints = Set(servers.map(\.endpoint))
        let gone = state.withLock { state in
            guard !endpoints.isEmpty else { return [Link]() }
            let gone = state.links.filter { !endpoints.contains($0.key) }
            for endpoint in gone.keys { state.links[endpoint] = nil }
            return Array(gone.values)
        }
        for link in gone { await end(link) }
    }

    private struct Answers: Sendable {
        var commands: [String: CommandStatistic]?
        var clients: [NamedCount] = []
        var channels: [NamedCount] = []
    }

    private func ask(_ server: RedisConfiguration, lists asksLists: Bool) async -> (NodeStatus, Answers) {
        var status = NodeStatus(node: "\(server.endpoint)", isUp: false)
        var answers = Answers()
        do throws(RedisError) {
            let link = try link(for: server)
            let client = link.client
            guard let info = RedisServerInfo(reply: try await ask(["INFO"], link)) else {
                status.problem = "INFO has no known form"
                return (status, answers)
            }
            status.read(info)
            guard isSource else { return (status, answers) }
            let reply = try await ask(["INFO", "commandstats"], link)
            answers.commands = RedisServerInfo(reply: reply).map(Self.commands)
            guard asksLists else { return (status, answers) }
            answers.clients = try await clients(client, status.clients)
            answers.channels = try await channels(client, info.integer("pubsub_channels"))
        } catch {
            if !status.isUp { status.problem = error.words }
        }
        return (status, answers)
    }

    /// How often each command was called.
    private static func commands(_ info: RedisServerInfo) -> [String: CommandStatistic] {
        var found: [String: CommandStatistic] = [:]
        for (name, text) in info.sections.values.joined() where name.hasPrefix("cmdstat_") {
            if let statistic = CommandStatistic(text) { found[String(name.dropFirst("cmdstat_".count))] = statistic }
        }
        return found
    }

    /// The clients with the most commands, where the server counts them (Valkey 8, Redis 8).
    private func clients(_ client: RedisClient, _ count: Int?) async throws(RedisError) -> [NamedCount] {
        guard count ?? .max <= Self.longestList else { return [] }
        guard let text = try await client.send(["CLIENT", "LIST"], timeout: Self.patience).bytes else { return [] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            var fields: [Substring: Substring] = [:]
            for field in line.split(separator: " ") {
                let words = field.split(separator: "=", maxSplits: 1)
                if words.count == 2 { fields[words[0]] = words[1] }
            }
            guard let address = fields["addr"], let commands = fields["tot-cmds"].flatMap({ Int($0) }) else {
                return nil
            }
            let name = fields["name"].map { "\($0) " } ?? ""
            return NamedCount(name: RedisBytes("\(name)\(address)"), count: commands)
        }
    }

    /// The channels with the most subscribers.
    private func channels(_ client: RedisClient, _ count: Int?) async throws(RedisError) -> [NamedCount] {
        guard let count, 1...Self.longestList ~= count else { return [] }
        let names = try await client.pubsubChannels()
        guard !names.isEmpty, names.count <= 2 * Self.longestList else { return [] }
        return try await client.pubsubNumSub(names).map { NamedCount(name: $0.name, count: $0.subscribers) }
    }
}

extension NodeStatus {
    fileprivate mutating func read(_ info: RedisServerInfo) {
        isUp = true
        let name = info["valkey_version"].map { "Valkey \($0)" } ?? info["redis_version"].map { "Redis \($0)" } ?? ""
        version = name.shown(upTo: 64)
        role = (info["role"] ?? "").shown(upTo: 16)
        uptime = info.integer("uptime_in_seconds")
        commands = info.integer("total_commands_processed")
        commandsPerSecond = info.integer("instantaneous_ops_per_sec")
        clients = info.integer("connected_clients")
        memory = info.integer("used_memory")
        memoryLimit = info.integer("maxmemory").flatMap { $0 > 0 ? $0 : nil }
        keys = (info.sections["Keyspace"] ?? [:]).values.reduce(0) { sum, text in
            let count = text.split(separator: ",").first.flatMap { Int($0.dropFirst("keys=".count)) } ?? 0
            return sum.addingSaturated(count.nearestCount)
        }
    }
}
