import RedisCommands
import RedisCore
import RedisEvents
import RedisPOSIX
package import RedisRESP
import RedisReactor
package import RwatchKit

/// `rwatch web`: a page in the browser that shows what the servers do.
package struct ServeWeb: Sendable {
    package var source = WebSource.stats
    package var address = ListenAddress(host: "127.0.0.1", port: 0)
    /// Other names by which a browser may call the server.
    package var hostNames: [String] = []
    /// What to subscribe to at the start.
    package var subscriptions: [PageSubscription] = []
    /// Patterns of keys whose events are watched; none for all.
    package var keyPatterns: [RedisBytes] = []
    package var allowsPublishing = false
    /// What is left out of events and tables: `nil` for nothing.
    package var redaction: Redaction? = .values
    package var guardSettings = GuardSettings(limit: 32 << 20, exits: false)

    package init() {}

    /// Serves the page until the limits or a signal end it.
    package func run(_ target: Target, settings: RunSettings) async -> ExitStatus {
        await run(settings) { run async throws(RedisError) in
            (try await target.open(run.atEnd), target.isPlural, NodeLabels(target, isJSON: true))
        }
    }

    /// Shows a private server with some traffic.
    package func demonstrate(limits: WatchLimits) async -> ExitStatus {
        var demonstration = self
        demonstration.source = .monitor
        demonstration.redaction = nil
        demonstration.allowsPublishing = true
        demonstration.subscriptions = [
            PageSubscription(.channel, "orders"), PageSubscription(.pattern, "cache.*"),
            PageSubscription(.shard, "{shop}.stock"),
        ]
        let settings = RunSettings(limits: limits, hasSummary: false, isQuiet: true)
        return await demonstration.run(settings) { run async throws(RedisError) in
            let configurations = try await Target(.embedded(RedisConfiguration())).open(run.atEnd)
            let client = try RedisClient(configurations[0])
            run.atEnd { await client.close() }
            let traffic = Task { await Demonstration.makeTraffic(client) }
            run.atEnd { traffic.cancel() }
            return (configurations, false, .none)
        }
    }

    private func run(
        _ settings: RunSettings,
        _ open: @escaping @Sendable (WatchRun) async throws(RedisError) -> ([RedisConfiguration], Bool, NodeLabels)
    ) async -> ExitStatus {
        var settings = settings
        settings.hasSummary = settings.hasSummary ?? false
        do throws(RedisError) {
            let run = try WatchRun(settings)
            return await run.run { () async throws(RedisError) in try await start(run, open) }
        } catch {
            Notices.say(error.words)
            return ExitStatus(error)
        }
    }

    private func start(
        _ run: WatchRun,
        _ open: @Sendable (WatchRun) async throws(RedisError) -> ([RedisConfiguration], Bool, NodeLabels)
    ) async throws(RedisError) {
        if !address.isLoopback {
            run.say(
                "--listen \(address.hostInURL): whoever reaches this address and has the token sees the servers; "
                    + "nothing is encrypted"
            )
        }
        let (configurations, isPlural, labels) = try await open(run)
        let hub = EventHub(Counters(), labels: labels, redaction: redaction)
        let poller = NodePoller(configurations, run, hub, isSource: source == .stats)
        run.atEnd { await poller.close() }
        let desk = SubscriptionDesk(configurations, run, hub, namesNodes: isPlural)
        run.atEnd { await desk.close() }
        try await watch(configurations, isPlural, run, hub, poller)
        if !subscriptions.isEmpty { try await desk.subscribe(subscriptions) }
        let polling = Task { await poller.go() }
        run.atEnd { polling.cancel() }
        try await serve(configurations, run, hub, poller, desk)
    }

    /// Listens, and prints the URL. Nothing else prints the token.
    private func serve(
        _ configurations: [RedisConfiguration],
        _ run: WatchRun,
        _ hub: EventHub,
        _ poller: NodePoller,
        _ desk: SubscriptionDesk
    ) async throws(RedisError) {
        let token = WebToken()
        let publishing = allowsPublishing ? configurations.first?.within(run) : nil
        let made = Locked<WebSite?>(nil)
        let server = try await WebServer(address) { [self] address in
            let site = WebSite(
                RequestGuard(token: token, address: address, names: hostNames),
                source: source,
                hub: hub,
                poller: poller,
                desk: desk,
                publishing: publishing,
                redaction: redactionInWords
            )
            made.withLock { $0 = site }
            return site
        }
        run.atEnd { await made.withLock { $0 }?.close() }
        run.atEnd { await server.close() }
        let url = "http://\(address.hostInURL):\(server.port)/?token=\(token.text)\n"
        run.begin(with: Array(url.utf8))
    }

    private var redactionInWords: String {
        switch redaction {
        case nil: "none"
        case .values: "values"
        case .all: "all"
        case .matching: "what matches an expression"
        }
    }

    // MARK: Sources

    private func watch(
        _ configurations: [RedisConfiguration],
        _ isPlural: Bool,
        _ run: WatchRun,
        _ hub: EventHub,
        _ poller: NodePoller
    ) async throws(RedisError) {
        for configuration in configurations {
            // Values are told from keys by the server's own table.
            if redaction?.needsKeys ?? false || source == .monitor {
                hub.use(
                    try await run.commands(of: configuration, for: Selection(), and: .line, keys: true)
                )
            }
            switch source {
            case .monitor: try await monitor(configuration, isPlural, run, hub)
            case .keys: try await keys(configuration, isPlural, run, hub)
            case .sub: break
            case .stats:
                try await run.begin(configuration, watching: "the counters") { () async throws(RedisError) in
                    try await poller.begin()
                }
            }
            hub.begins(source.rawValue, at: configuration.label)
        }
        // The first look at the servers need not be waited for.
        if source != .stats { try? await poller.begin() }
    }

    private func monitor(
        _ configuration: RedisConfiguration,
        _ isPlural: Bool,
        _ run: WatchRun,
        _ hub: EventHub
    ) async throws(RedisError) {
        let monitor = try Monitor(
            configuration.within(run),
            guard: guardSettings.monitorGuard(reconnects: configuration.reconnect.isEnabled),
            loop: run.loop,
            sink: HubMonitorSink(hub, run, place: configuration.label, namesNodes: isPlural)
        )
        run.whileStopped(suspend: MonitorPauses(of: monitor))
        run.atEnd { await monitor.close() }
        do throws(RedisError) {
            try await run.begin(configuration, watching: "all commands") { () async throws(RedisError) in
                try await monitor.start()
            }
        } catch { throw error.advised("monitor", [], configuration.user) }
    }

    private func keys(
        _ configuration: RedisConfiguration,
        _ isPlural: Bool,
        _ run: WatchRun,
        _ hub: EventHub
    ) async throws(RedisError) {
        let plan = KeyspacePlan(keys: keyPatterns, events: [], database: nil, enabled: nil)
        let keys = try KeyspaceEvents(
            configuration.within(run),
            plan: plan,
            notifications: .verify,
            loop: run.loop,
            sink: HubKeyEventSink(hub, run, place: configuration.label, namesNodes: isPlural)
        )
        run.whileStopped(suspend: keys)
        run.atEnd { _ = await keys.close() }
        do throws(RedisError) {
            try await run.begin(configuration, watching: "events of keys") { () async throws(RedisError) in
                try await keys.start()
            }
        } catch { throw error.advised("subscribe to", plan.subscriptions.map(\.name), configuration.user) }
    }
}
