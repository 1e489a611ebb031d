/// Lends links to one caller at a time, for what must be alone on its link. Any thread may call.
///
/// Links are opened when they are needed, up to a number for each node. Whoever finds none free waits until the own
/// deadline, and the first who came gets the next link. A link that nobody used for a while is closed.
final class LinkPool: Sendable {
    /// A link that is lent.
    struct Lease: Sendable {
        let link: CommandLink
        /// `nil` for the one server.
        let node: RedisEndpoint?
    }

    private struct Idle: Sendable {
        let link: CommandLink
        let since: ContinuousClock.Instant
    }

    private struct Waiter: Sendable {
        let id: Int
        let promise: Promise<Void>
    }

    private struct Node: Sendable {
        var idle: [Idle] = []
        /// How many links are lent, or promised to a waiter.
        var lentCount = 0
        var waiters: [Waiter] = []
    }

    private struct State: Sendable {
        var nodes: [RedisEndpoint?: Node] = [:]
        /// The links that are lent, which end with the pool.
        var lent: [ObjectIdentifier: CommandLink] = [:]
        var isClosed = false
        var isSweeping = false
        var statistics = RedisPoolStatistics()
    }

    let configuration: RedisPoolConfiguration
    let watch: PoolWatch?
    private let loop: RedisEventLoop
    private let make: @Sendable (RedisEndpoint?) throws(RedisError) -> CommandLink
    private let state = Locked(State())

    init(
        _ configuration: RedisPoolConfiguration,
        loop: RedisEventLoop,
        _ observer: (any RedisCommandObserver)? = nil,
        make: @escaping @Sendable (RedisEndpoint?) throws(RedisError) -> CommandLink
    ) {
        self.configuration = configuration
        self.loop = loop
        watch = observer.map { PoolWatch($0) }
        self.make = make
    }

    /// Takes a link to a node. `giveBack` must follow.
    ///
    /// - Throws: `.timedOut` after the deadline, `.cancelled`, `.closed`; all say that nothing was executed.
    func take(at node: RedisEndpoint?, until deadline: ContinuousClock.Instant?) async throws(RedisError) -> Lease {
        guard let watch else { return try await takeLink(at: node, until: deadline) }
        return try await watch.lending { () async throws(RedisError) in try await takeLink(at: node, until: deadline) }
    }

    private func takeLink(
        at node: RedisEndpoint?,
        until deadline: ContinuousClock.Instant?
    ) async throws(RedisError) -> Lease {
        if let waiter = try enter(node) { try await wait(waiter, node, until: deadline) }
        // From here on one of the links of the node belongs to this caller.
        do throws(RedisError) {
            let link: CommandLink
            if let idle = idleLink(node) { link = idle } else { link = try make(node) }
            try lend(link)
            return Lease(link: link, node: node)
        } catch {
            free(node)
            throw error.with(.notExecuted)
        }
    }

    private func lend(_ link: CommandLink) throws(RedisError) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.lent[ObjectIdentifier(link)] = link }
            return state.isClosed
        }
        guard isClosed else { return }
        link.closeNow()
        throw RedisError(.closed, "closed", phase: .command)
    }

    /// Counts the caller in, or lets it wait.
    private func enter(_ node: RedisEndpoint?) throws(RedisError) -> Waiter? {
        let entry = state.withLock { state -> Result<Waiter?, RedisError> in
            if state.isClosed { return .failure(RedisError(.closed, "closed", phase: .command).with(.notExecuted)) }
            var place = state.nodes[node] ?? Node()
            defer { state.nodes[node] = place }
            if place.waiters.isEmpty, place.lentCount < max(configuration.maximum, 1) {
                place.lentCount += 1
                state.statistics.lent += 1
                state.statistics.highestLent = max(state.statistics.highestLent, state.statistics.lent)
                return .success(nil)
            }
            let waiter = Waiter(id: CommandLink.nextID(), promise: Promise())
            place.waiters.append(waiter)
            state.statistics.waiting += 1
            state.statistics.waits += 1
            return .success(waiter)
        }
        tellChange()
        return try entry.get()
    }

    private func wait(
        _ waiter: Waiter,
        _ node: RedisEndpoint?,
        until deadline: ContinuousClock.Instant?
    ) async throws(RedisError) {
        let most = configuration.maximum
        let timer = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) {
                let text = "no exclusive link got free in time; \(most) are lent (RedisPoolConfiguration.maximum)"
                waiter.promise.complete(.failure(RedisError(.timedOut, text, phase: .command)))
            }
        }
        defer { timer?.cancel() }
        do throws(RedisError) { try await waiter.promise.value() } catch {
            let hadTurn = state.withLock { state -> Bool in
                let count = state.nodes[node]?.waiters.count
                state.nodes[node]?.waiters.removeAll { $0.id == waiter.id }
                let isRemoved = state.nodes[node]?.waiters.count != count
                if isRemoved { state.statistics.waiting -= 1 }
                return !isRemoved
            }
            tellChange()
            // The turn came at the same moment, and goes to the next.
            if hadTurn, error.code != .closed { free(node) }
            throw error.with(.notExecuted)
        }
    }

    /// The idle link that was used last, if one is alive.
    private func idleLink(_ node: RedisEndpoint?) -> CommandLink? {
        defer { tellChange() }
        let (link, ended) = state.withLock { state -> (CommandLink?, [CommandLink]) in
            var ended: [CommandLink] = []
            while let idle = state.nodes[node]?.idle.popLast() {
                if !idle.link.hasEnded { return (idle.link, ended) }
                ended.append(idle.link)
            }
            return (nil, ended)
        }
        for link in ended { link.closeNow() }
        return link
    }

    /// Gives a link back. One that cannot be used by others is closed.
    func giveBack(_ lease: Lease, isReusable: Bool) {
        let isKept = state.withLock { state -> Bool in
            state.lent[ObjectIdentifier(lease.link)] = nil
            guard isReusable, !lease.link.hasEnded, !state.isClosed else { return false }
            state.nodes[lease.node, default: Node()].idle.append(Idle(link: lease.link, since: .now))
            return true
        }
        if !isKept { lease.link.closeNow() }
        free(lease.node)
        if isKept { sweepLater() }
    }

    /// Lets the next waiter have its turn.
    private func free(_ node: RedisEndpoint?) {
        let next = state.withLock { state -> Waiter? in
            guard var place = state.nodes[node] else { return nil }
            defer { state.nodes[node] = place }
            guard !place.waiters.isEmpty else {
                place.lentCount -= 1
                state.statistics.lent -= 1
                return nil
            }
            state.statistics.waiting -= 1
            return place.waiters.removeFirst()
        }
        tellChange()
        next?.promise.complete(.success(()))
    }

    /// How many links there are.
    var statistics: RedisPoolStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.idle = state.nodes.values.reduce(0) { $0 + $1.idle.count }
            return statistics
        }
    }

    // MARK: Ends

    private func sweepLater() {
        let begins = state.withLock { state in
            defer { state.isSweeping = true }
            return !state.isSweeping && !state.isClosed
        }
        guard begins else { return }
        _ = ScheduledCall(after: configuration.idleTimeout, on: loop) { [weak self] in self?.sweep() }
    }

    /// Closes links that nobody used for a while.
    private func sweep() {
        let limit = ContinuousClock.now.advanced(by: .zero - configuration.idleTimeout)
        let (links, isMore) = state.withLock { state -> ([CommandLink], Bool) in
            var links: [CommandLink] = []
            for node in state.nodes.keys {
                let old = state.nodes[node]?.idle.filter { $0.since <= limit } ?? []
                links += old.map(\.link)
                state.nodes[node]?.idle.removeAll { $0.since <= limit }
            }
            state.isSweeping = false
            return (links, state.nodes.values.contains { !$0.idle.isEmpty })
        }
        tellChange()
        for link in links { link.closeNow() }
        if isMore { sweepLater() }
    }

    /// All links that there are.
    var links: [CommandLink] {
        state.withLock { state in state.nodes.values.flatMap { $0.idle.map(\.link) } + state.lent.values }
    }

    /// Closes all links, also those that are lent, and lends none any more.
    func close() -> [CommandLink] {
        let (links, waiters) = state.withLock { state -> ([CommandLink], [Waiter]) in
            state.isClosed = true
            let links = state.nodes.values.flatMap { $0.idle.map(\.link) } + state.lent.values
            let waiters = state.nodes.values.flatMap(\.waiters)
            for node in state.nodes.keys {
                state.nodes[node]?.idle = []
                state.nodes[node]?.waiters = []
            }
            state.statistics.waiting = 0
            return (links, waiters)
        }
        tellChange()
        for waiter in waiters { waiter.promise.complete(.failure(RedisError(.closed, "closed", phase: .command))) }
        for link in links { link.closeNow() }
        return links
    }
}

/// How many exclusive links a client has.
public struct RedisPoolStatistics: Sendable, Hashable {
    /// Links that are lent now.
    public var lent = 0
    /// Links that are open and not lent.
    public var idle = 0
    /// Callers that wait for a link.
    public var waiting = 0
    /// The highest number of lent links so far.
    public var highestLent = 0
    /// How many callers had to wait so far.
    public var waits = 0

    init() {}
}
