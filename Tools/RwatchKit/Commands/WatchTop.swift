import RedisCore
import RedisPOSIX
package import RedisRESP
import RedisReactor

/// `rwatch top`.
package struct WatchTop: Sendable {
    /// What is shown.
    package enum Source: Sendable {
        /// What servers count themselves.
        case stats
        /// Commands as they are executed. The guard says when MONITOR is left.
        case monitor(Selection, GuardSettings)
        case subscriptions(WatchSubscriptions)
        case keys(WatchKeys)
        /// Files, of which `-` is standard input, and how fast they are read.
        case recording([RedisBytes], RecordingSelection, ReplaySpeed)

        var isRecording: Bool { if case .recording = self { true } else { false } }

        var kind: TopSource {
            switch self {
            case .stats: .stats
            case .monitor: .monitor
            case .subscriptions: .sub
            case .keys: .keys
            case .recording: .recording
            }
        }
    }

    /// How it is shown.
    package enum Form: Sendable {
        case screen(ScreenLook)
        case text
        case json
    }

    package var source: Source
    package var form: Form
    package var settings = Counters.Settings()
    /// How long it is from one snapshot to the next.
    package var interval = Duration.seconds(2)
    /// How many snapshots there are; `nil` for no end.
    package var iterations: Int?
    /// How many rows of each table are printed.
    package var rows = 10
    /// How clients are told apart.
    package var naming = ClientNaming.address
    package var longestLine = 64 << 20

    package init(_ source: Source, form: Form) {
        self.source = source
        self.form = form
    }

    /// Shows it until the run ends.
    package func run(_ target: Target, settings: RunSettings) async -> ExitStatus {
        var settings = settings
        settings.hasSummary = settings.hasSummary ?? false
        switch form {
        case .screen(let look):
            return await TopScreen.run(self, look, target, settings)
        case .text, .json:
            return await WatchRun.run(settings, isJSON: false) { run async throws(RedisError) in
                try await printAll(target, run)
            }
        }
    }

    var plan: TopFeed.Plan { TopFeed.Plan(source: source, counters: settings, interval: interval) }

    // MARK: Without a screen

    private func printAll(_ target: Target, _ run: WatchRun) async throws(RedisError) {
        let feed = TopFeed(plan, target, in: run)
        feed.name(clientsBy: naming)
        try await feed.open(target)
        let reader = try begin(feed, run)
        let printing = Task {
            var due = ContinuousClock.now
            var count = 0
            while !Task.isCancelled {
                due = max(due.advanced(by: interval), .now)
                // A recording ends by itself, and its last snapshot has all of it.
                let isOver = await reader?.wait(until: due) ?? false
                if reader == nil { try? await Task.sleep(until: due, clock: .continuous) }
                if Task.isCancelled { return }
                await feed.sample()
                print(feed.snapshot(), run)
                count += 1
                if isOver || count == iterations ?? .max { return run.end(.ended) }
            }
        }
        run.atEnd {
            printing.cancel()
            reader?.stop()
            await printing.value
        }
    }

    private func print(_ snapshot: TopSnapshot, _ run: WatchRun) {
        let report = TopReport(snapshot, rows: rows)
        var bytes = report.json
        if case .text = form { bytes = Array(report.lines.map { "\($0)\n" }.joined().utf8) }
        _ = run.pump.submit(chunk: bytes, events: 1)
    }

    /// Begins to read the recordings, if there are any.
    func begin(_ feed: TopFeed, _ run: WatchRun) throws(RedisError) -> PacedReader? {
        guard case .recording(let paths, let selection, let speed) = source else { return nil }
        feed.tally.withTally { $0.select(selection) }
        let reader = PacedReader(feed.tally, speed, longestLine: longestLine)
        try reader.begin(paths) { [run] error in run.end(.failed(error)) }
        return reader
    }
}

extension WatchTop.Form {
    /// Whether it needs a terminal.
    package var isScreen: Bool { if case .screen = self { true } else { false } }
}
