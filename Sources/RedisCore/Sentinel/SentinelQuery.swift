/// Asks Sentinels before a link goes to the server that they watch: each over a link that is closed after its reply.
struct SentinelQuery: Sendable {
    /// The configuration of links to Sentinels.
    let configuration: RedisConfiguration
    let name: String
    let wantsReplicas: Bool
    let timeout: Duration
    let mostInstances: Int
    let loop: RedisEventLoop

    init(_ configuration: RedisConfiguration, _ sentinel: RedisSentinelConfiguration, loop: RedisEventLoop) {
        var link = configuration.forLinks(to: sentinel)
        link.heartbeat = nil
        link.connectsFirst = true
        link.reconnect = RedisReconnectPolicy(isEnabled: false)
        self.configuration = link
        name = sentinel.name
        wantsReplicas = sentinel.server == .replica
        timeout = sentinel.timeout
        mostInstances = sentinel.maximumInstances
        self.loop = loop
    }

    /// The commands are sent in one write, so that all replies belong to the same moment.
    private var commands: [RedisCommand] {
        let name = RedisBytes(name)
        let commands: [RedisCommand] = [
            ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name], ["SENTINEL", "MASTER", name], ["SENTINEL", "MYID"],
            ["SENTINEL", "SENTINELS", name],
        ]
        return wantsReplicas ? commands + [["SENTINEL", "REPLICAS", name]] : commands
    }

    /// Asks one Sentinel. It takes no longer than the timeout and the lookup of the name. If the task is cancelled, it
    /// ends at once.
    func ask(_ sentinel: RedisEndpoint) async -> Result<SentinelReply, RedisError> {
        do throws(RedisError) {
            try await lookUp(sentinel)
            let link = try CommandLink(configuration.pinned(to: sentinel), loop: loop)
            let replies = try await replies(over: link)
            await link.close()
            return .success(try SentinelReply(replies, most: mostInstances))
        } catch { return .failure(error) }
    }

    /// Waits until the name is looked up, so that a Sentinel whose name is slow to look up does not count as silent.
    private func lookUp(_ sentinel: RedisEndpoint) async throws(RedisError) {
        guard case .tcp(let host, let port) = sentinel else { return }
        let promise = Promise<Void>()
        let names = configuration.names
        let lookup = names.lookUp(host: host, port: port, claims: false) { _ in promise.complete(.success(())) }
        guard case .pending(let pending) = lookup else { return }
        let limit = pending.known.isEmpty ? configuration.lookupTimeout : names.headStart
        let timer = ScheduledCall(after: limit, on: loop) { promise.complete(.success(())) }
        defer {
            timer.cancel()
            names.cancel(pending)
        }
        try await promise.value()
    }

    private func replies(over link: CommandLink) async throws(RedisError) -> [Result<RESPValue, RedisError>] {
        var promises: [Promise<RESPValue>] = []
        for command in commands { promises.append(try link.enqueue(command, timeout: timeout)) }
        var replies: [Result<RESPValue, RedisError>] = []
        for promise in promises {
            do throws(RedisError) { replies.append(.success(try await promise.value())) } catch {
                replies.append(.failure(error))
            }
        }
        return replies
    }
}

// MARK: - A round

extension SentinelQuery {
    /// How long the other Sentinels are waited for once most have replied: the one that led a failover knows of it a
    /// moment before the others.
    private static var grace: Duration { .milliseconds(100) }

    private enum Event: Sendable {
        case reply(Result<SentinelReply, RedisError>, from: RedisEndpoint)
        case graceIsOver
    }

    /// Asks all known Sentinels at once, and those that they name as well. Learns whom to ask the next time, and
    /// returns the replies. It takes as long as the slowest Sentinel, at most the timeout of one question (twice that
    /// while others are still being found), and hardly longer than most take.
    func askAll(_ sentinels: inout SentinelGroup) async -> SentinelConsensus {
        let members = sentinels.members
        var consensus = SentinelConsensus(asked: members)
        await withTaskGroup(of: Event.self) { group in
            for sentinel in members { add(sentinel, to: &group) }
            var isInGrace = false
            while !consensus.isComplete, let event = await group.next() {
                guard case .reply(let reply, let sentinel) = event else { break }
                if case .success(let told) = reply {
                    let new = sentinels.heard(sentinel, id: told.id, peers: told.peers)
                    consensus.ask(new)
                    for sentinel in new { add(sentinel, to: &group) }
                }
                consensus.add(reply, from: sentinel)
                guard consensus.hasMajority, !isInGrace else { continue }
                isInGrace = true
                group.addTask {
                    try? await Task.sleep(for: Self.grace)
                    return .graceIsOver
                }
            }
            group.cancelAll()
        }
        sentinels.roundEnded()
        return consensus
    }

    private func add(_ sentinel: RedisEndpoint, to group: inout TaskGroup<Event>) {
        group.addTask { .reply(await ask(sentinel), from: sentinel) }
    }
}

extension RedisConfiguration {
    /// The configuration of links to Sentinels: it has the Sentinels' own settings, and nothing that only data nodes
    /// need.
    func forLinks(to sentinel: RedisSentinelConfiguration) -> RedisConfiguration {
        var configuration = self
        configuration.sentinel = nil
        configuration.cluster = nil
        configuration.credentials = sentinel.credentials
        configuration.tls = sentinel.tls
        configuration.database = 0
        configuration.connectTimeout = min(connectTimeout, sentinel.timeout)
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        configuration.handshakeTimeout = min(handshakeTimeout, sentinel.timeout)
        // The longest reply is a list of some instances with a few dozen fields each.
        configuration.limits = .answers
        configuration.lossBoundInterval = nil
        configuration.deliveryProbe = nil
        configuration.tellsLibrary = false
        return configuration
    }
}
