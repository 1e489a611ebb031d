import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// What `rwatch top` shows, as it comes: asks the servers for their figures, has events counted, and makes snapshots of
/// both. Any thread may call it.
final class TopFeed: Sendable {
    /// What all of it needs.
    struct Plan: Sendable {
        var source: WatchTop.Source
        var counters: Counters.Settings
        var interval: Duration
    }

    private struct State {
        var source: TopSource
        var servers: [ServerFigures] = []
        var questions: [ServerQuestions] = []
        var topologies: [ClusterTopology] = []
        var configurations: [RedisConfiguration] = []
        var counters: Counters.Settings
        var interval: Duration
        var naming = ClientNaming.address
        var filter = ""
        var monitors: [Monitor] = []
        /// Whether the process is stopped, or going to be.
        var isSuspended = false
    }

    private let run: WatchRun
    private let source: WatchTop.Source
    private let place: String
    private let state: Locked<State>
    /// Counts events, whether there are any or not.
    let tally: LiveTally
    private let isPlural: Bool

    init(_ plan: Plan, _ target: Target, in run: WatchRun) {
        self.run = run
        source = plan.source
        isPlural = target.isPlural
        place = plan.source.isRecording ? "a recording" : target.addressesInWords
        state = Locked(State(source: plan.source.kind, counters: plan.counters, interval: plan.interval))
        tally = LiveTally(Counters(plan.counters), tellsNodes: target.isPlural, tail: EventTail())
    }

    /// Connects, takes the first samples, and begins to count events.
    ///
    /// - Throws: Why a server cannot be asked, or events cannot be watched.
    func open(_ target: Target) async throws(RedisError) {
        if case .recording = source { return }
        let configurations = try await target.open(run.atEnd)
        state.withLock { $0.configurations = configurations }
        run.atEnd { await self.close() }
        run.whileStopped(
            suspend: Suspension(suspend: { await self.suspend() }, resume: { await self.resume() })
        )
        for configuration in configurations {
            let words = source.kind == .stats ? "the statistics" : "what happens"
            try await run.begin(configuration, watching: words) { () async throws(RedisError) in
                try await addServers(of: configuration)
            }
        }
        switch source {
        case .stats, .recording: break
        case .monitor(let selection, let protection):
            for configuration in configurations {
                try await monitor(configuration, selection, protection) { [run] error in
                    run.end(error.map { .failed($0) } ?? .ended)
                }
            }
        case .subscriptions(let watch):
            for configuration in configurations {
                try await watch.watch(configuration, .none, .line, run, tally)
            }
        case .keys(let watch):
            for configuration in configurations {
                try await watch.watch(configuration, .none, .line, run, tally)
            }
        }
        tally.begins()
    }

    // MARK: Servers

    private func addServers(of configuration: RedisConfiguration) async throws(RedisError) {
        var endpoints = [configuration.endpoint]
        if configuration.cluster != nil {
            let topology = ClusterTopology(configuration.within(run), loop: run.loop)
            topology.start()
            do throws(RedisError) { endpoints = Self.nodes(of: try await topology.load(), configuration) } catch {
                topology.close()
                throw error
            }
            state.withLock { $0.topologies.append(topology) }
        }
        var questions: [ServerQuestions] = []
        for endpoint in endpoints {
            let one = configuration.cluster == nil ? configuration : configuration.pinned(to: endpoint)
            questions.append(ServerQuestions(one.within(run), on: run.loop))
        }
        var figures: [ServerFigures] = []
        for question in questions {
            var one = ServerFigures(question.node)
            do throws(RedisError) { one.take(try await question.ask()) } catch {
                // Of a cluster, a node may be down.
                guard questions.count > 1, error.isOutage else {
                    for question in questions { await question.close() }
                    throw error.advised("info", [], configuration.user)
                }
                one.fail(error.words, at: RedisTimestamp.now().microseconds)
            }
            figures.append(one)
        }
        state.withLock { [questions, figures] state in
            state.questions += questions
            state.servers += figures
        }
    }

    private static func nodes(of shape: ClusterShape, _ configuration: RedisConfiguration) -> [RedisEndpoint] {
        let nodes = configuration.cluster?.nodes == .primary ? shape.shards.compactMap(\.primary) : shape.nodes
        var seen = Set<RedisEndpoint>()
        return nodes.map(\.endpoint).filter { seen.insert($0).inserted }
    }

    /// Adds the nodes that clusters have now and had not, and forgets those that are gone.
    private func followClusters() async {
        let (topologies, configurations, known) = state.withLock { state in
            (state.topologies, state.configurations.filter { $0.cluster != nil }, state.questions.map(\.node))
        }
        guard !topologies.isEmpty else { return }
        var wanted: [(RedisEndpoint, RedisConfiguration)] = []
        for (topology, configuration) in zip(topologies, configurations) {
            guard let shape = topology.shape else { return }
            wanted += Self.nodes(of: shape, configuration).map { ($0, configuration) }
        }
        let single = Set(state.withLock { $0.configurations.filter { $0.cluster == nil }.map(\.endpoint) })
        let names = Set(wanted.map(\.0)).union(single)
        let added = wanted.filter { !known.contains($0.0) }.map { node, configuration in
            ServerQuestions(configuration.pinned(to: node).within(run), on: run.loop)
        }
        let gone = state.withLock { state in
            // Whoever suspends has to know all of them.
            guard !state.isSuspended else { return [ServerQuestions]() }
            let gone = state.questions.filter { !names.contains($0.node) }
            state.questions.removeAll { !names.contains($0.node) }
            state.servers.removeAll { !names.contains($0.node) }
            state.questions += added
            state.servers += added.map { ServerFigures($0.node) }
            return gone
        }
        for question in gone { await question.close() }
    }

    /// Asks all servers once more. A server that does not answer does not keep the others waiting for long.
    func sample() async {
        guard !state.withLock({ $0.isSuspended }) else { return }
        await followClusters()
        let questions = state.withLock { $0.questions }
        await withTaskGroup { group in
            for question in questions {
                group.addTask {
                    let answer: Result<ServerSample, RedisError>
                    do throws(RedisError) { answer = .success(try await question.ask()) } catch {
                        answer = .failure(error)
                    }
                    return (question.node, answer)
                }
            }
            for await (node, answer) in group { take(answer, of: node) }
        }
    }

    private func take(_ answer: Result<ServerSample, RedisError>, of node: RedisEndpoint) {
        let topologies = state.withLock { state in
            guard let place = state.servers.firstIndex(where: { $0.node == node }), !state.isSuspended else {
                return [ClusterTopology]()
            }
            switch answer {
            case .success(let sample):
                state.servers[place].take(sample)
                return []
            case .failure(let error) where error.code == .closed:
                // Closed by ourselves, before a stop: that says nothing of the server.
                return []
            case .failure(let error):
                state.servers[place].fail(error.words, at: RedisTimestamp.now().microseconds)
                return state.topologies
            }
        }
        for topology in topologies { topology.distrust(node) }
    }

    // MARK: MONITOR

    /// Whether commands are counted one by one, or could be: MONITOR is something to begin and to end.
    var canMonitor: Bool { source.kind == .stats }

    /// Begins to count every command.
    func beginMonitor(_ selection: Selection) async throws(RedisError) {
        let configurations = state.withLock { $0.configurations }
        do throws(RedisError) {
            for configuration in configurations {
                try await monitor(configuration, selection, GuardSettings(limit: 32 << 20, exits: false)) {
                    [weak self] error in
                    guard let self, let error else { return }
                    run.say("MONITOR has ended: \(error.words)")
                    state.withLock { $0.source = .stats }
                }
            }
        } catch {
            await endMonitor()
            throw error
        }
        state.withLock { state in
            state.source = .monitor
            tally.withTally { $0.restart(Counters(state.counters)) }
        }
    }

    /// Leaves MONITOR.
    func endMonitor() async {
        let monitors = state.withLock { state in
            state.source = source.kind
            return exchange(&state.monitors, with: [])
        }
        for monitor in monitors { await monitor.close() }
    }

    private func monitor(
        _ configuration: RedisConfiguration,
        _ selection: Selection,
        _ protection: GuardSettings,
        _ ended: @escaping @Sendable (RedisError?) -> Void
    ) async throws(RedisError) {
        let table = try await run.commands(of: configuration, for: selection, and: .line, keys: true)
        tally.use(table)
        var selection = selection
        if selection.databases.isEmpty, configuration.database != 0 { selection.databases = [configuration.database] }
        let desk = try await run.desk(of: configuration, for: OriginNeeds().with(selection, .line, configuration))
        let monitor = try Monitor(
            configuration.within(run),
            guard: protection.monitorGuard(reconnects: configuration.reconnect.isEnabled),
            loop: run.loop,
            sink: MonitorLineSink(
                run,
                form: .line,
                filter: selection.filter(table),
                commands: table,
                needs: desk.needs,
                desk: desk.desk,
                tally: tally,
                ended: ended
            )
        )
        desk.desk?.onAnswers { [weak monitor] in monitor?.endTurn() }
        state.withLock { $0.monitors.append(monitor) }
        do throws(RedisError) {
            try await run.begin(configuration, watching: "all commands") { () async throws(RedisError) in
                try await monitor.start()
            }
        } catch { throw error.advised("monitor", [], configuration.user) }
    }

    // MARK: Stops and ends

    /// Leaves MONITOR and closes all links, because the process is going to be stopped.
    private func suspend() async {
        let (monitors, questions) = state.withLock { state in
            state.isSuspended = true
            return (state.monitors, state.questions)
        }
        for monitor in monitors { await monitor.suspend(because: .suspension) }
        for question in questions { await question.pause() }
    }

    private func resume() async {
        let (monitors, questions) = state.withLock { state in
            state.isSuspended = false
            return (state.monitors, state.questions)
        }
        for question in questions { await question.resume() }
        for monitor in monitors { await monitor.resume() }
    }

    private func close() async {
        await endMonitor()
        let (questions, topologies) = state.withLock { state in
            (exchange(&state.questions, with: []), exchange(&state.topologies, with: []))
        }
        for question in questions { await question.close() }
        for topology in topologies {
            topology.close()
            await topology.finish()
        }
    }

    // MARK: What is shown

    /// All that is shown now.
    func snapshot() -> TopSnapshot {
        let now = RedisTimestamp.now().microseconds
        let state = state.withLock { $0 }
        let isLive = !source.isRecording
        var figures = TopFigures(state.source, place: place, servers: state.servers)
        if state.source != .stats {
            (figures.counters, figures.tail) = tally.withTally { tally in
                if isLive { tally.passes(now) }
                return (tally.counters, tally.last(200))
            }
        }
        figures.naming = state.naming
        figures.filter = state.filter
        figures.interval = state.interval / .seconds(1)
        return figures.snapshot(at: now)
    }

    /// The last events of a row.
    func events(of row: TopRow, in tab: TopTab) -> [TailEvent] {
        let naming = state.withLock { $0.naming }
        // Events know addresses alone.
        guard tab != .clients || naming == .address else { return [] }
        return tally.withTally { $0.last(100) { $0.belongs(to: row, of: tab) } }
    }

    /// The values of a client, of a command or of a node beyond what the table shows.
    var interval: Duration {
        get { state.withLock { $0.interval } }
        set { state.withLock { $0.interval = newValue } }
    }

    func name(clientsBy naming: ClientNaming) { state.withLock { $0.naming = naming } }

    /// Counts from zero again.
    func zero() {
        state.withLock { state in
            for place in state.servers.indices { state.servers[place].zero() }
            tally.withTally { $0.restart(Counters(state.counters)) }
        }
    }

    /// Counts prefixes of that many parts from now on.
    func setDepth(_ depth: Int) {
        state.withLock { state in
            state.counters.prefixDepth = depth
            tally.withTally { $0.restart(Counters(state.counters)) }
        }
    }

    /// Counts only the events that a condition selects, from zero; all of them when there is none.
    func select(_ text: String?) {
        let filter = text.flatMap { try? TopFilter($0) }
        state.withLock { state in
            state.filter = filter?.text ?? ""
            tally.withTally { tally in
                tally.select(filter?.selection ?? recorded)
                tally.restart(Counters(state.counters))
            }
        }
    }

    /// What was selected at the start.
    private var recorded: RecordingSelection {
        if case .recording(_, let selection, _) = source { selection } else { RecordingSelection() }
    }
}

extension Target {
    /// The addresses of the servers, in a few words.
    var addressesInWords: String {
        switch place {
        case .embedded: "a private server"
        case .servers(let servers) where servers.count == 1:
            servers[0].cluster.map { "cluster of \($0.seeds.first.map { "\($0)" } ?? "?")" }
                ?? servers[0].sentinel.map { "\($0.name)" } ?? "\(servers[0].endpoint)"
        case .servers(let servers): "\(servers.count) servers"
        }
    }
}
