/// Asks one Sentinel what it knows, over a link that lives no longer than the question.
struct SentinelQuestion: Sendable {
    /// How links to Sentinels are made.
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

    /// In one write, so that all replies are of one moment.
    private var commands: [RedisCommand] {
        let name = RedisBytes(name)
        let commands: [RedisCommand] = [
            ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name], ["SENTINEL", "MASTER", name], ["SENTINEL", "MYID"],
            ["SENTINEL", "SENTINELS", name],
        ]
        return wantsReplicas ? commands + [["SENTINEL", "REPLICAS", name]] : commands
    }

    /// Takes no longer than the timeout, and what the lookup of the name takes. A cancelled task gets its end at once.
    func ask(_ sentinel: RedisEndpoint) async -> SentinelReply {
        do throws(RedisError) {
            try await lookUp(sentinel)
            let link = try ControlLink(configuration.pinned(to: sentinel), loop: loop)
            let replies = try await replies(over: link)
            await link.close()
            return SentinelReply(replies, most: mostInstances)
        } catch { return .failed(error) }
    }

    /// Waits until the connect will not have to: slow lookup is no silence of the Sentinel.
    private func lookUp(_ sentinel: RedisEndpoint) async throws(RedisError) {
        guard case .tcp(let host, let port) = sentinel else { return }
        let answer = Promise<Void>()
        let names = configuration.names
        let lookup = names.lookUp(host: host, port: port, claims: false) { _ in answer.complete(.success(())) }
        guard case .pending(let pending) = lookup else { return }
        let limit = pending.known.isEmpty ? configuration.lookupTimeout : names.headStart
        let timer = ScheduledCall(after: limit, on: loop) { answer.complete(.success(())) }
        defer {
            timer.cancel()
            names.cancel(pending)
        }
        try await answer.value()
    }

    private func replies(over link: ControlLink) async throws(RedisError) -> [Result<RESPValue, RedisError>] {
        var answers: [Promise<RESPValue>] = []
        for command in commands { answers.append(try link.enqueue(command)) }
        let timer = ScheduledCall(after: timeout, on: loop) { [answers] in
            let error = RedisError(.timedOut, "no answer in time", phase: .command)
            for answer in answers { answer.complete(.failure(error)) }
        }
        defer { timer.cancel() }
        var replies: [Result<RESPValue, RedisError>] = []
        for answer in answers {
            do throws(RedisError) { replies.append(.success(try await answer.value())) } catch {
                replies.append(.failure(error))
            }
        }
        return replies
    }
}
