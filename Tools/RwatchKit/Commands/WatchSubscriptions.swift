import RedisCore
import RedisEvents
package import RedisRESP

/// `rwatch sub`.
package struct WatchSubscriptions: Sendable {
    package var channels: [RedisBytes]
    package var patterns: [RedisBytes]
    package var shardChannels: [RedisBytes]
    package var selection: Selection

    /// What to subscribe to, and which of the messages to print.
    package init(
        channels: [RedisBytes] = [],
        patterns: [RedisBytes] = [],
        shardChannels: [RedisBytes] = [],
        selection: Selection = Selection()
    ) {
        self.selection = selection
        self.channels = channels
        self.patterns = patterns
        self.shardChannels = shardChannels
    }

    /// Whether there is nothing to subscribe to.
    package var isEmpty: Bool { channels.isEmpty && patterns.isEmpty && shardChannels.isEmpty }

    /// Prints the selected messages until the run ends. A name that is refused at the start is reported and does not
    /// fail the others. The run ends when a server refuses all names. With a `tally`, messages are counted and not
    /// printed.
    package func run(
        _ target: Target,
        form: EventForm,
        settings: RunSettings,
        tally: LiveTally? = nil
    ) async -> ExitStatus {
        await WatchRun.run(settings.printing(form, of: .messages), isJSON: form.isJSON) {
            run async throws(RedisError) in
            run.begin(with: form.header(of: .messages))
            if let hint = patternHint { run.say(hint) }
            for configuration in try await target.open(run.atEnd) {
                try await watch(configuration, NodeLabels(target, isJSON: form.isJSON), form, run, tally)
                tally?.begins()
            }
        }
    }

    /// Begins to watch one server or cluster.
    func watch(
        _ configuration: RedisConfiguration,
        _ labels: NodeLabels,
        _ form: EventForm,
        _ run: WatchRun,
        _ tally: LiveTally?
    ) async throws(RedisError) {
        let counts = [Set(channels).count, Set(patterns).count, Set(shardChannels).count]
        let pubsub = try PubSub(
            configuration.within(run),
            loop: run.loop,
            sink: SubscriptionSink(
                run,
                form: form,
                names: counts.reduce(0, +),
                labels: labels,
                user: configuration.user,
                filter: selection.filter(),
                tally: tally
            )
        )
        run.whileStopped(suspend: pubsub)
        run.atEnd { await pubsub.close() }
        try await run.begin(configuration, watching: Self.words(counts)) { () async throws(RedisError) in
            try await subscribe(pubsub, configuration.user, run)
        }
    }

    /// `1 channel, 2 patterns and 1 shard channel`.
    private static func words(_ counts: [Int]) -> String {
        let kinds = zip(counts, ["channel", "pattern", "shard channel"]).filter { $0.0 > 0 }
        return Words.list(kinds.map { Words.count($0.0, $0.1) })
    }

    private func subscribe(_ pubsub: PubSub, _ user: String?, _ run: WatchRun) async throws(RedisError) {
        var refusals: [(name: RedisBytes, error: RedisError)] = []
        var isAnyTaken = false
        for (kind, names) in [
            (RedisSubscriptionKind.channel, channels), (.pattern, patterns), (.shardChannel, shardChannels),
        ] {
            do throws(RedisError) {
                for result in try await pubsub.subscribe(kind, names, timeout: .unlimited) {
                    if let error = result.error { refusals.append((result.name, error)) } else { isAnyTaken = true }
                }
            } catch {
                // All names of this family were refused; names of the others may be accepted.
                guard error.isAnswer else { throw error }
                refusals += names.map { ($0, error) }
            }
        }
        guard isAnyTaken else {
            guard let first = refusals.first else { return }
            throw first.error.advised("subscribe to", refusals.map(\.name), user)
        }
        for refusal in refusals.prefix(Self.mostTold) {
            run.say(refusal.error.advised("subscribe to", [refusal.name], user).words)
        }
        if refusals.count > Self.mostTold { run.say("and \(refusals.count - Self.mostTold) more names were refused") }
    }

    /// At most this many names are reported one by one.
    private static let mostTold = 20

    /// The hint for a channel that looks like a pattern.
    private var patternHint: String? {
        let patternLike = channels.filter { name in name.contains { "*?[".utf8.contains($0) } }
        guard let first = patternLike.first else { return nil }
        let words = patternLike.count == 1 ? "'\(first)' is" : "'\(first)' and \(patternLike.count - 1) more are"
        return "\(words) subscribed as a channel; use -P '\(first)' for a pattern"
    }
}
